//! What a configuration asks for: the value that the program gets, and what has to be opened for it.

mod attributes;
mod entries;
mod limits;
mod sockets;
mod tags;

use std::collections::HashMap;

use cloudabi_argdata::Value;

use crate::cli::Limit;
use crate::diagnostic::{Diagnostic, quoted};
use crate::passed::Passed;
use crate::scalar;
use crate::source::Span;
use crate::yaml::{Content, Document, Node, NodeId};

pub use attributes::{Attributes, NamedRights};
pub use sockets::{Address, Kind, Purpose, Socket, of_network};
pub use tags::descriptor;
use tags::{Grant, Meaning};

/// A value with more parts than this is refused. Without aliases nobody writes so many.
const MAX_VALUES: usize = 1 << 20;

/// A configuration that has been understood.
#[derive(Debug)]
pub struct Configuration {
    /// What the program gets. Its descriptors are indices into [`Configuration::requests`].
    pub value: Value,
    /// What has to be opened, in the order of first mention.
    pub requests: Vec<Request>,
    /// How much the program may use.
    pub limits: Vec<Limit>,
}

/// A descriptor that the program is to get.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where the configuration asks for it.
    pub span: Span,
    /// What it is.
    pub resource: Resource,
    /// Whether directories of processes that are not held in may come through it.
    pub foreign_directories: bool,
}

/// What a descriptor is to refer to.
#[derive(Clone, Debug)]
pub enum Resource {
    /// A descriptor that is open already: its number.
    Inherited(i32),
    /// The program itself.
    Executable,
    /// Whatever is at a path.
    File(Attributes),
    /// A directory.
    Directory(Attributes),
    /// A socket that is bound or connected.
    Socket(Socket),
    /// One of a pair of sockets that are connected with each other. The next request is for the other one.
    FirstOfPair(Kind),
    /// The other one.
    SecondOfPair,
}

/// Finds out what a configuration asks for. All that is wrong with it is reported.
pub fn read(document: &Document, text: &str, passed: &Passed) -> Result<Configuration, Vec<Diagnostic>> {
    let mut reader = Reader {
        document,
        text,
        passed,
        requests: Vec::new(),
        shared: HashMap::new(),
        nodes: HashMap::new(),
        budget: MAX_VALUES,
        limits: None,
        errors: Vec::new(),
    };
    let value = document.root().map_or(Value::Null, |root| reader.value(root));
    if reader.budget == 0 {
        let message =
            format!("the configuration has more than {MAX_VALUES} values when aliases are written out");
        return Err(vec![Diagnostic::general(message)]);
    }
    if reader.errors.is_empty() {
        let limits = reader.limits.map(|(limits, _)| limits).unwrap_or_default();
        Ok(Configuration { value, requests: reader.requests, limits })
    } else {
        Err(reader.errors)
    }
}

/// What several mentions of a descriptor have in common.
#[derive(PartialEq, Eq, Hash)]
enum Shared {
    Inherited(i32),
    Executable,
}

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    text: &'t str,
    passed: &'d Passed,
    requests: Vec<Request>,
    shared: HashMap<Shared, u32>,
    /// The descriptors of nodes, since aliases of one mean the same descriptor.
    nodes: HashMap<NodeId, u32>,
    /// How many values may still be made.
    budget: usize,
    /// What `!limits` says, and where it stands.
    limits: Option<(Vec<Limit>, Span)>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    /// The value of a node; null where something is wrong with it.
    ///
    /// It recurses as deep as the document is, which is bounded.
    fn value(&mut self, id: NodeId) -> Value {
        match self.try_value(id) {
            Ok(value) => value,
            Err(error) => {
                self.errors.push(error);
                Value::Null
            }
        }
    }

    fn try_value(&mut self, id: NodeId) -> Result<Value, Diagnostic> {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return Ok(Value::Null);
        }
        let document = self.document;
        let node = document.node(id);
        match tags::meaning(node)? {
            Meaning::Plain => self.untagged(id, node),
            Meaning::Text(text) => Ok(text.into()),
            Meaning::Scalar(value) => Ok(value),
            Meaning::Container => self.container(id, node),
            Meaning::Limits => Err(Diagnostic::at(
                node.span.first_line(self.text),
                "`!limits` stands in the outermost map and nowhere else",
            )
            .help("write it beside what the program gets: `limits: !limits {memory: 64M}`")),
            Meaning::Grant(grant) => {
                let index = match self.nodes.get(&id) {
                    Some(&index) => index,
                    None => self.grant(node, grant)?,
                };
                self.nodes.insert(id, index);
                Ok(match grant {
                    Grant::SocketPair => {
                        Value::Seq(vec![Value::Fd(index), Value::Fd(index.saturating_add(1))])
                    }
                    _ => Value::Fd(index),
                })
            }
        }
    }

    fn untagged(&mut self, id: NodeId, node: &Node) -> Result<Value, Diagnostic> {
        match &node.content {
            Content::Scalar { text, plain: true } => scalar::plain(text)
                .map_err(|message| Diagnostic::at(node.span.first_line(self.text), message)),
            Content::Scalar { text, plain: false } => Ok(text.as_ref().into()),
            Content::List(_) | Content::Map(_) => self.container(id, node),
        }
    }

    fn container(&mut self, id: NodeId, node: &Node) -> Result<Value, Diagnostic> {
        match &node.content {
            Content::Scalar { .. } => Ok(Value::Null),
            Content::List(items) => Ok(Value::Seq(items.iter().map(|&item| self.value(item)).collect())),
            Content::Map(entries) => {
                let mut seen: HashMap<Vec<u8>, NodeId> = HashMap::with_capacity(entries.len());
                let mut values = Vec::with_capacity(entries.len());
                let outermost = self.document.root() == Some(id);
                for &(key_id, value_id) in entries {
                    if outermost && tags::is_limits(self.document.node(value_id)) {
                        self.limits(value_id)?;
                        continue;
                    }
                    let errors = self.errors.len();
                    let key = self.value(key_id);
                    if self.errors.len() == errors
                        && let Some(first) = seen.insert(key.to_bytes(), key_id)
                    {
                        self.errors.push(self.twice(key_id, first));
                    }
                    values.push((key, self.value(value_id)));
                }
                Ok(Value::Map(values))
            }
        }
    }

    /// Takes limits, which are not for the program: it does not see them.
    fn limits(&mut self, id: NodeId) -> Result<(), Diagnostic> {
        let node = self.document.node(id);
        let span = node.span.first_line(self.text);
        if let Some((_, first)) = self.limits {
            return Err(Diagnostic::at(span, "there are limits already").related(first, "these"));
        }
        let limits = limits::read(self.document, node, self.text, &mut self.errors)?;
        self.limits = Some((limits, span));
        Ok(())
    }

    /// The error for a key that is in the map already.
    fn twice(&self, key: NodeId, first: NodeId) -> Diagnostic {
        let [again, first] = [key, first].map(|id| self.document.node(id).span.first_line(self.text));
        let key = quoted(again.of(self.text));
        Diagnostic::at(again, format!("the key {key} is in this map twice")).related(first, "first here")
    }

    /// The index of the descriptor that a node asks for.
    fn grant(&mut self, node: &Node, grant: Grant) -> Result<u32, Diagnostic> {
        let span = node.span.first_line(self.text);
        let mut foreign_directories = false;
        let (resource, shared) = match grant {
            Grant::Fd => {
                let number;
                (number, foreign_directories) = self.descriptor(node, span)?;
                (Resource::Inherited(number), Some(Shared::Inherited(number)))
            }
            Grant::Executable => {
                tags::expect_nothing(node, span)?;
                (Resource::Executable, Some(Shared::Executable))
            }
            Grant::File | Grant::Directory => {
                let attributes = attributes::read(self.document, node, self.text, grant, &mut self.errors)?;
                match grant {
                    Grant::Directory => (Resource::Directory(attributes), None),
                    _ => (Resource::File(attributes), None),
                }
            }
            Grant::SocketPair => (
                Resource::FirstOfPair(sockets::pair(self.document, node, self.text, &mut self.errors)?),
                None,
            ),
            _ => {
                let socket = sockets::read(self.document, node, self.text, grant, &mut self.errors)?;
                foreign_directories = socket.foreign_directories;
                (Resource::Socket(socket), None)
            }
        };
        let next = u32::try_from(self.requests.len()).unwrap_or(u32::MAX);
        let index = match shared {
            Some(shared) => *self.shared.entry(shared).or_insert(next),
            None => next,
        };
        if index == next {
            self.requests.push(Request { span, resource, foreign_directories });
            if grant == Grant::SocketPair {
                self.requests.push(Request { span, resource: Resource::SecondOfPair, foreign_directories });
            }
        } else if let Some(request) = self.requests.get_mut(index as usize) {
            // What one mention allows, the descriptor has.
            request.foreign_directories |= foreign_directories;
        }
        Ok(index)
    }

    /// What stands after `!fd`: a number or a name, or a map with one and what else there is to say about it. Gives the
    /// number, and whether foreign directories may come.
    fn descriptor(&mut self, node: &Node, span: Span) -> Result<(i32, bool), Diagnostic> {
        if !matches!(node.content, Content::Map(_)) {
            return Ok((tags::descriptor_number(node, span, self.passed)?, false));
        }
        let example = "!fd {number: 5, foreign_directories: true}";
        let (document, passed) = (self.document, self.passed);
        let mut reader = entries::Reader::new(document, self.text, &mut self.errors);
        let [number, foreign_directories] =
            reader.entries(node, "!fd", ["number", entries::FOREIGN_DIRECTORIES], example)?;
        let number = number.ok_or_else(|| {
            Diagnostic::at(span, "`!fd` without a `number`").help(format!("write `{example}`"))
        })?;
        let allowed = foreign_directories.is_some_and(|id| reader.truth(id));
        let span = reader.span(number);
        Ok((tags::descriptor_number(document.node(number), span, passed)?, allowed))
    }
}
