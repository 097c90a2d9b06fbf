//! Reads the items out of the trees. Phase 2 has reported whatever is passed over here.

mod hosts;

use super::*;
use crate::load::expression::{self, Place};
use crate::load::report::Report;
use crate::load::shape::{first_line, is_text};
use crate::load::yaml::{Content, doubled};
use crate::source::Sources;

/// Which file of the definition a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `abi.yaml`
    Abi,
    /// `hosts/NAME.yaml`
    Host,
    /// `NAME.yaml`
    Subsystem,
}

/// Adds what is in a file's tree to the definition.
pub fn read<'a>(
    root: &'a Node<'a>,
    kind: FileKind,
    file: usize,
    sources: &'a Sources,
    report: &Report,
    definition: &mut Definition<'a>,
) {
    let reader = Reader { sources, report };
    let span = first_line(root);
    match kind {
        FileKind::Abi => definition.abi = reader.abi(root),
        FileKind::Host => {
            let host = hosts::host(root, file, file_stem(sources, file, span));
            definition.hosts.push(host);
        }
        FileKind::Subsystem => {
            let subsystem = definition.subsystems.len();
            let name = file_stem(sources, file, span);
            definition.subsystems.push(Subsystem {
                name: word(root, "subsystem").unwrap_or(name),
                file,
                doc: doc(root),
            });
            definition
                .types
                .extend(named(root, "types").map(|(name, node)| reader.ty(name, node, subsystem)));
            definition.descriptor_kinds.extend(
                named(root, "descriptor_kinds").map(|(name, node)| descriptor_kind(name, node, subsystem)),
            );
            definition
                .calls
                .extend(named(root, "calls").map(|(name, node)| reader.call(name, node, subsystem)));
        }
    }
}

/// A file's name without folder and ending, for a file that does not say its own.
fn file_stem(sources: &Sources, file: usize, span: Span) -> Word<'_> {
    let name = sources.files.get(file).map_or("", |file| file.name.as_str());
    let name = name.rsplit('/').next().unwrap_or(name);
    Word { text: name.strip_suffix(".yaml").unwrap_or(name), span }
}

/// The text of a scalar.
fn as_word<'a>(node: &'a Node<'a>) -> Option<Word<'a>> {
    Some(Word { text: node.text()?, span: node.span })
}

/// The text that a key holds.
fn word<'a>(node: &'a Node<'a>, key: &str) -> Option<Word<'a>> {
    as_word(node.get(key)?)
}

/// The text that a key holds, if YAML takes it for text.
fn text<'a>(node: &'a Node<'a>, key: &str) -> Option<Word<'a>> {
    as_word(node.get(key).filter(|value| is_text(value))?)
}

/// The texts of the list that a key holds.
fn words<'a>(node: &'a Node<'a>, key: &str) -> Vec<Word<'a>> {
    node.get(key).map_or(&[][..], Node::items).iter().filter_map(as_word).collect()
}

/// The documentation that the key `doc` holds.
fn doc<'a>(node: &'a Node<'a>) -> DocText<'a> {
    node.get("doc").filter(|doc| doc.text().is_some())
}

/// The number that a key holds.
fn number(node: &Node, key: &str) -> Option<Number> {
    let node = node.get(key)?;
    Some(Number { value: node.integer()?, span: node.span })
}

/// Where a key with `true` after it stands.
fn truth(node: &Node, key: &str) -> Option<Span> {
    let (key, value) = node.entry(key)?;
    (value.boolean() == Some(true)).then_some(key.span)
}

/// Where a key stands.
fn key_span(node: &Node, key: &str) -> Option<Span> {
    node.entry(key).map(|(key, _)| key.span)
}

/// Where a key that holds a map stands.
fn map_key(node: &Node, key: &str) -> Option<Span> {
    let (key, value) = node.entry(key)?;
    matches!(value.content, Content::Map(_)).then_some(key.span)
}

/// The entries of the map that a key holds, each name once.
fn named<'a>(node: &'a Node<'a>, key: &str) -> impl Iterator<Item = (Word<'a>, &'a Node<'a>)> {
    let entries = node.get(key).map_or(&[][..], Node::entries);
    let doubled = doubled(entries);
    entries.iter().enumerate().filter_map(move |(index, (name, value))| {
        if doubled.binary_search_by_key(&index, |&(double, _)| double).is_ok() {
            return None;
        }
        Some((as_word(name)?, value))
    })
}

fn descriptor_kind<'a>(name: Word<'a>, node: &'a Node<'a>, subsystem: usize) -> DescriptorKind<'a> {
    DescriptorKind {
        name,
        subsystem,
        doc: doc(node),
        filetypes: words(node, "filetypes"),
        base: selection(node, "base"),
        makes: selection(node, "makes"),
    }
}

/// What the word or list that a key holds selects.
fn selection<'a>(node: &'a Node<'a>, key: &str) -> Selection<'a> {
    match word(node, key) {
        Some(_) => Selection::All,
        None => Selection::These(words(node, key)),
    }
}

/// Reads items.
struct Reader<'a, 'r> {
    sources: &'a Sources,
    report: &'r Report,
}

impl<'a> Reader<'a, '_> {
    /// The expression that a key holds, as `read` reads it.
    fn expression<E>(
        &self,
        node: &'a Node<'a>,
        key: &str,
        read: impl Fn(Place<'a>, &Report) -> Option<E>,
    ) -> Option<Expression<'a, E>> {
        self.expression_in(node.get(key)?, read)
    }

    fn expression_in<E>(
        &self,
        node: &'a Node<'a>,
        read: impl Fn(Place<'a>, &Report) -> Option<E>,
    ) -> Option<Expression<'a, E>> {
        let place = Place { node, sources: self.sources };
        Some(Expression { tree: read(place, self.report), place })
    }

    /// The expressions in the list that a key holds.
    fn paths(&self, node: Option<&'a Node<'a>>, key: &str) -> Vec<Expression<'a, PathExpression<'a>>> {
        let list = node.and_then(|node| node.get(key)).map_or(&[][..], Node::items);
        list.iter().filter_map(|node| self.expression_in(node, expression::read_path)).collect()
    }

    fn abi(&self, root: &'a Node<'a>) -> Option<Abi<'a>> {
        let abi = root.get("abi")?;
        let architectures = named(abi, "architectures").map(|(name, node)| {
            let small = |key| number(node, key).and_then(|number| u32::try_from(number.value).ok());
            Architecture {
                name,
                word_bits: small("word_bits").filter(|bits| matches!(bits, 32 | 64)),
                arguments: small("arguments"),
                results: small("results"),
                aligned_pairs: truth(node, "aligned_pairs").is_some(),
                doc: doc(node),
            }
        });
        let tombstones = root.get("tombstones").map_or(&[][..], Node::items).iter();
        Some(Abi {
            name: word(abi, "name"),
            title: word(abi, "title"),
            version: word(abi, "version"),
            license: word(abi, "license"),
            doc: doc(abi),
            architectures: architectures.collect(),
            tombstones: tombstones.filter_map(|node| self.tombstone(node)).collect(),
        })
    }

    fn tombstone(&self, node: &'a Node<'a>) -> Option<Tombstone<'a>> {
        let (kind, name, number) = if let Some(name) = word(node, "call") {
            (TombstoneKind::Call, Some(name), number(node, "number"))
        } else if let Some(number) = number(node, "call_number") {
            (TombstoneKind::Call, None, Some(number))
        } else if let Some(name) = word(node, "type") {
            (TombstoneKind::Type, Some(name), None)
        } else {
            (TombstoneKind::Value, Some(word(node, "value")?), number(node, "number"))
        };
        Some(Tombstone { kind, name, number, reason: word(node, "reason") })
    }

    fn ty(&self, name: Word<'a>, node: &'a Node<'a>, subsystem: usize) -> Type<'a> {
        Type {
            name,
            subsystem,
            doc: doc(node),
            since: text(node, "since"),
            deprecated: word(node, "deprecated"),
            kind: self.kind(node),
        }
    }

    fn kind(&self, node: &'a Node<'a>) -> Option<Kind<'a>> {
        let class = match word(node, "kind")?.text {
            "alias" => NumberClass::Alias,
            "opaque" => NumberClass::Opaque,
            "enum" => NumberClass::Enum,
            "flags" => NumberClass::Flags,
            "struct" => {
                let members = node.get("members")?.items().iter();
                return Some(Kind::Struct(Struct {
                    per_word_size: word(node, "layout")
                        .filter(|word| word.text == "per_word_size")
                        .map(|word| word.span),
                    padding_zeroed: key_span(node, "padding"),
                    members: members.filter_map(|node| self.member(node)).collect(),
                }));
            }
            "function" => return Some(Kind::Function(self.fields(node, "parameters"))),
            _ => return None,
        };
        let repr = word(node, "repr").and_then(|repr| {
            let numbers = &Primitive::ALL[2..10];
            numbers.iter().find(|primitive| primitive.name() == repr.text).copied()
        });
        Some(Kind::Number(NumberType {
            class,
            repr,
            c_prefix: word(node, "c_prefix"),
            host_mapped: truth(node, "host_mapped").is_some(),
            values_key: key_span(node, "values"),
            values: named(node, "values")
                .map(|(name, node)| Value {
                    name,
                    value: number(node, "value"),
                    doc: doc(node),
                    mask: truth(node, "mask"),
                    same_as: word(node, "same_as"),
                    since: text(node, "since"),
                    deprecated: word(node, "deprecated"),
                })
                .collect(),
        }))
    }

    fn fields(&self, node: &'a Node<'a>, key: &str) -> Vec<Field<'a>> {
        node.get(key).map_or(&[][..], Node::items).iter().filter_map(|node| self.field(node)).collect()
    }

    fn field(&self, node: &'a Node<'a>) -> Option<Field<'a>> {
        Some(Field {
            name: word(node, "name")?,
            ty: self.expression(node, "type", expression::read_type),
            length: word(node, "length"),
            doc: doc(node),
        })
    }

    fn member(&self, node: &'a Node<'a>) -> Option<Member<'a>> {
        let Some(tag) = word(node, "variant") else { return Some(Member::Field(self.field(node)?)) };
        let arms = node.get("arms").map_or(&[][..], Node::items).iter();
        Some(Member::Variant(Variant {
            tag,
            doc: doc(node),
            arms: arms
                .map(|node| Arm {
                    span: first_line(node),
                    name: word(node, "name"),
                    tags: words(node, "tags"),
                    doc: doc(node),
                    members: self.fields(node, "members"),
                })
                .collect(),
            empty: words(node, "empty"),
        }))
    }

    fn call(&self, name: Word<'a>, node: &'a Node<'a>, subsystem: usize) -> Call<'a> {
        let descriptors = node.get("descriptors");
        let items = |key| node.get(key).map_or(&[][..], Node::items).iter();
        Call {
            name,
            subsystem,
            number: number(node, "number"),
            doc: doc(node),
            since: text(node, "since"),
            deprecated: word(node, "deprecated"),
            blocks: truth(node, "blocks").is_some(),
            noreturn: truth(node, "noreturn"),
            inputs: items("inputs").filter_map(|node| self.parameter(node)).collect(),
            outputs: items("outputs").filter_map(|node| self.parameter(node)).collect(),
            outputs_key: key_span(node, "outputs"),
            errors_key: key_span(node, "errors"),
            rights: items("rights")
                .map(|node| RightsRule {
                    descriptor: self.expression(node, "descriptor", expression::read_path),
                    needs: self.expression(node, "needs", expression::read_rights),
                    inheriting: word(node, "set").is_some_and(|set| set.text == "inheriting"),
                    when: self.expression(node, "when", expression::read_condition),
                    doc: doc(node),
                })
                .collect(),
            consumes: self.paths(descriptors, "consumes"),
            creates: self.paths(descriptors, "creates"),
            replaces: self.paths(descriptors, "replaces"),
            consumes_all_others: descriptors.is_some_and(|node| truth(node, "consumes_all_others").is_some()),
            errors: named(node, "errors")
                .map(|(errno, node)| match node.content {
                    Content::Map(_) => {
                        CallError { errno, doc: doc(node), unprovoked: word(node, "unprovoked") }
                    }
                    _ => CallError { errno, doc: Some(node), unprovoked: None },
                })
                .collect(),
        }
    }

    fn parameter(&self, node: &'a Node<'a>) -> Option<Parameter<'a>> {
        let access = word(node, "access").and_then(|word| {
            let access = match word.text {
                "read" => Access::Read,
                "write" => Access::Write,
                "read_write" => Access::ReadWrite,
                "address" => Access::Address,
                _ => return None,
            };
            Some((access, word.span))
        });
        Some(Parameter {
            name: word(node, "name")?,
            ty: self.expression(node, "type", expression::read_type),
            doc: doc(node),
            access,
            has_access: node.get("access").is_some(),
            length: word(node, "length"),
            filled: word(node, "filled"),
            only_when: self.expression(node, "only_when", expression::read_condition),
            otherwise: word(node, "otherwise"),
            undefined: word(node, "undefined"),
        })
    }
}
