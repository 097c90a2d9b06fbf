//! Cuts documentation at its cross references and looks them up.

use super::context::Context;
use super::names::is_misnamed;
use super::report::nearest;
use super::syntax::{DocText, Field, Kind, Member, Word};
use crate::diagnostic::Diagnostic;
use crate::model::{CallId, Doc, DocPart, LinkTarget, TypeId};

/// The documentation in this scalar; empty where there is none, which phase 2 has reported.
pub fn doc(context: &Context, text: DocText) -> Doc {
    let Some(node) = text else { return Doc::default() };
    let Some(text) = node.text().map(str::trim_end) else { return Doc::default() };
    let mut parts = Vec::new();
    let mut done = 0;
    for (start, end) in references(text) {
        let name = &text[start + 1..end - 1];
        match resolve(context, name) {
            Ok(target) => {
                if done < start {
                    parts.push(DocPart::Text(text[done..start].to_string()));
                }
                parts.push(DocPart::Link { text: name.to_string(), target });
                done = end;
            }
            Err(unknown) if unknown.explained => {}
            Err(unknown) => {
                // The wrong part of the reference only: `seek` of `[rights.seek]`.
                let from = start + 1 + unknown.offset;
                let span = node.part(context.sources, from, from + unknown.name.len());
                let mut error = Diagnostic::at(span, unknown.message);
                error.help = unknown.help.or_else(|| {
                    Some(format!("for text in brackets that refers to nothing, write `\\[{name}]`"))
                });
                context.report.missing(error);
            }
        }
    }
    if done < text.len() {
        parts.push(DocPart::Text(text[done..].to_string()));
    }
    Doc { parts }
}

/// Where the cross references of a Markdown text are, brackets included: `[name]` or `[name.name]`, neither in code nor
/// part of an ordinary link.
fn references(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skip) = bytes[at..].iter().position(|b| matches!(b, b'`' | b'[' | b'\\')) {
        at += skip;
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                // A code span or block ends at as many backticks as it began with; without an end, it is none.
                let width = bytes[at..].iter().take_while(|&&b| b == b'`').count();
                let mut end = at + width;
                loop {
                    let Some(skip) = bytes[end..].iter().position(|&b| b == b'`') else {
                        end = at + width;
                        break;
                    };
                    end += skip;
                    let closing = bytes[end..].iter().take_while(|&&b| b == b'`').count();
                    end += closing;
                    if closing == width {
                        break;
                    }
                }
                at = end;
            }
            _ => {
                let inside = bytes[at + 1..]
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
                let end = at + 1 + inside.count();
                let name = &text[at + 1..end];
                let closed = bytes.get(end) == Some(&b']');
                let is_link = matches!(bytes.get(end + 1), Some(b'(' | b'['));
                if closed && !is_link && is_name(name) {
                    found.push((at, end + 1));
                    at = end + 1;
                } else if closed && is_link {
                    // The target of an ordinary link may have brackets too.
                    let close = if bytes[end + 1] == b'(' { b')' } else { b']' };
                    let rest = bytes[end + 1..].iter().position(|&b| b == close);
                    at = rest.map_or(end + 1, |rest| end + 2 + rest);
                } else {
                    at += 1;
                }
            }
        }
        if at >= bytes.len() {
            break;
        }
    }
    found
}

/// Whether text in brackets looks like names: `fd_read`, `errno.2big`.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('.').all(|part| !part.is_empty())
}

/// A part of a reference that names nothing.
struct Unknown {
    /// Where it stands in the reference.
    offset: usize,
    name: String,
    message: String,
    help: Option<String>,
    /// Whether what it seems to mean was reported where it is defined.
    explained: bool,
}

impl Unknown {
    fn new<'k>(offset: usize, name: &str, message: String, known: impl IntoIterator<Item = &'k str>) -> Self {
        let meant = nearest(name, known);
        Unknown {
            offset,
            name: name.to_string(),
            message,
            help: meant.map(|meant| format!("did you mean `{meant}`?")),
            explained: is_misnamed(meant),
        }
    }

    fn explained_if(mut self, explained: bool) -> Self {
        self.explained |= explained;
        self
    }
}

/// What a reference refers to.
fn resolve(context: &Context, reference: &str) -> Result<LinkTarget, Unknown> {
    let (first, rest) = match reference.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (reference, None),
    };
    let (ty, call) = (context.names.ty(first), context.names.call(first));
    // Of what could not be read as a whole, nothing is known to be missing.
    let is_damaged = |name: Word| context.report.is_damaged(name.span);
    let in_type = |ty, rest| {
        resolve_in_type(context, ty, first, rest).map_err(|unknown| {
            unknown.explained_if(is_damaged(context.names.item(context.definition, ty).name))
        })
    };
    let in_call = |call: CallId, rest| {
        let item = &context.definition.calls[context.names.call_order[call.0]];
        resolve_in_call(context, call, first, rest)
            .map_err(|unknown| unknown.explained_if(is_damaged(item.name)))
    };
    match (ty, call, rest) {
        (Some(ty), _, None) => Ok(LinkTarget::Type(ty)),
        (None, Some(call), None) => Ok(LinkTarget::Call(call)),
        (Some(ty), None, Some(rest)) => in_type(ty, rest),
        (None, Some(call), Some(rest)) => in_call(call, rest),
        (Some(ty), Some(call), Some(rest)) => {
            in_type(ty, rest).or_else(|unknown| in_call(call, rest).map_err(|_| unknown))
        }
        (None, None, _) => {
            let known = context.names.call_names().chain(context.names.type_names());
            let message =
                format!("the reference `[{reference}]` leads nowhere: there is no type or call `{first}`");
            Err(Unknown::new(0, first, message, known))
        }
    }
}

fn resolve_in_call(context: &Context, call: CallId, name: &str, rest: &str) -> Result<LinkTarget, Unknown> {
    let item = &context.definition.calls[context.names.call_order[call.0]];
    let mut parameters = item.inputs.iter().chain(&item.outputs).map(|parameter| parameter.name.text);
    if parameters.clone().any(|parameter| parameter == rest) {
        return Ok(LinkTarget::Parameter(call, rest.to_string()));
    }
    let message =
        format!("the reference `[{name}.{rest}]` leads nowhere: the call `{name}` has no parameter `{rest}`");
    Err(Unknown::new(name.len() + 1, rest, message, parameters.by_ref()))
}

fn resolve_in_type(context: &Context, ty: TypeId, name: &str, rest: &str) -> Result<LinkTarget, Unknown> {
    let offset = name.len() + 1;
    let nowhere = |what: String| format!("the reference `[{name}.{rest}]` leads nowhere: {what}");
    match &context.names.item(context.definition, ty).kind {
        // Nothing is known about the type, so anything may be right.
        None => Ok(LinkTarget::Type(ty)),
        Some(Kind::Number(_)) => match context.names.value(ty, rest) {
            Some(value) => Ok(LinkTarget::Value(ty, value)),
            None => {
                let message = nowhere(format!("`{name}` has no value `{rest}`"));
                Err(Unknown::new(offset, rest, message, context.names.value_names(ty)))
            }
        },
        Some(Kind::Function(parameters)) => resolve_in_fields(parameters.iter(), rest)
            .map(|()| LinkTarget::Member(ty, vec![rest.to_string()]))
            .ok_or_else(|| {
                let message = nowhere(format!("`{name}` has no parameter `{rest}`"));
                Unknown::new(offset, rest, message, parameters.iter().map(|field| field.name.text))
            }),
        Some(Kind::Struct(item)) => {
            let (first, inner) = match rest.split_once('.') {
                Some((first, inner)) => (first, Some(inner)),
                None => (rest, None),
            };
            let arms = item.members.iter().flat_map(|member| match member {
                Member::Variant(variant) => &variant.arms[..],
                Member::Field(_) => &[],
            });
            let arm = arms.clone().find(|arm| arm.name.is_some_and(|name| name.text == first));
            if let (Some(arm), Some(inner)) = (arm, inner) {
                return resolve_in_fields(arm.members.iter(), inner)
                    .map(|()| LinkTarget::Member(ty, vec![first.to_string(), inner.to_string()]))
                    .ok_or_else(|| {
                        let message =
                            nowhere(format!("the arm `{first}` of `{name}` has no member `{inner}`"));
                        let known = arm.members.iter().map(|field| field.name.text);
                        Unknown::new(offset + first.len() + 1, inner, message, known)
                    });
            }
            // Members of arms without a name stand in the struct itself.
            let mut own: Vec<&str> = Vec::new();
            for member in &item.members {
                match member {
                    Member::Field(field) => own.push(field.name.text),
                    Member::Variant(variant) => {
                        for arm in &variant.arms {
                            match arm.name {
                                Some(name) => own.push(name.text),
                                None => own.extend(arm.members.iter().map(|field| field.name.text)),
                            }
                        }
                    }
                }
            }
            if inner.is_none() && own.contains(&first) {
                return Ok(LinkTarget::Member(ty, vec![first.to_string()]));
            }
            if let (Some(inner), true) = (inner, own.contains(&first)) {
                let message =
                    nowhere(format!("`{first}` of `{name}` is no arm, so there is no `{inner}` in it"));
                return Err(Unknown::new(offset + first.len() + 1, inner, message, []));
            }
            Err(Unknown::new(offset, first, nowhere(format!("`{name}` has no member `{first}`")), own))
        }
    }
}

fn resolve_in_fields<'s, 'a: 's>(mut fields: impl Iterator<Item = &'s Field<'a>>, name: &str) -> Option<()> {
    fields.any(|field| field.name.text == name).then_some(())
}

#[cfg(test)]
mod tests {
    use super::references;

    fn found(text: &str) -> Vec<&str> {
        references(text).into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn references_are_found() {
        assert_eq!(found("See [fd_read] and [rights.fd_seek]."), ["[fd_read]", "[rights.fd_seek]"]);
        assert_eq!(found("([errno.2big])"), ["[errno.2big]"]);
    }

    #[test]
    fn code_links_and_other_brackets_are_no_references() {
        assert!(
            found("`[fd_read]` ``a ` [fd]`` [text](http://x) [0, 4) \\[fd] [T; 4] [two words]").is_empty()
        );
        assert!(found("```\n[fd_read]\n```").is_empty());
    }

    #[test]
    fn a_lone_backtick_hides_nothing() {
        assert_eq!(found("it`s [fd_read]"), ["[fd_read]"]);
    }
}
