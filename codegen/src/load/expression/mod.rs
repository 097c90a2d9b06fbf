//! Phase 3: the format's small languages: types, paths, conditions and rights, from text to trees of words.
//!
//! ```text
//! type      = "*" ("const" | "mut") type | "[" type ";" NUMBER "]" | "atomic" type | NAME
//! path      = NAME { "." NAME | "[" "]" }
//! condition = all { "or" all }          all = one { "and" one }
//! one       = "not" one | "(" condition ")" | path ("has" | "lacks") NAME | path ("==" | "!=") (NAME | NUMBER)
//! rights    = both { "|" both }         both = right { "&" right }         right = NAME | "(" rights ")"
//! ```

mod tokens;

use super::report::Report;
use super::yaml::Node;
use crate::model::Primitive;
use crate::source::{Sources, Span};
use tokens::{CONDITION, RIGHTS, Token, Tokens};

/// A name in an expression, and where it stands.
#[derive(Clone, Debug)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// Byte offset in the expression's text.
    pub start: usize,
}

/// A type expression.
#[derive(Clone, Debug)]
pub enum TypeExpression<'a> {
    /// A primitive.
    Primitive(Primitive, Name<'a>),
    /// The name of a type.
    Named(Name<'a>),
    /// `*const T`, `*mut T`
    Pointer(bool, Box<TypeExpression<'a>>),
    /// `[T; N]`
    Array(Box<TypeExpression<'a>>, u64),
    /// `atomic T`; where the word stands.
    Atomic(Name<'a>, Box<TypeExpression<'a>>),
}

/// A path.
#[derive(Clone, Debug)]
pub struct PathExpression<'a> {
    /// The parameter's name.
    pub root: Name<'a>,
    /// The steps; `None` is `[]`. Each with where it stands.
    pub steps: Vec<(Option<&'a str>, usize)>,
    /// The whole, as written.
    pub text: &'a str,
}

/// A condition.
#[derive(Clone, Debug)]
pub enum ConditionExpression<'a> {
    /// `… and …`
    All(Vec<ConditionExpression<'a>>),
    /// `… or …`
    Any(Vec<ConditionExpression<'a>>),
    /// `not …`
    Not(Box<ConditionExpression<'a>>),
    /// `path has flag`; where `has` stands.
    Has(PathExpression<'a>, usize, Name<'a>),
    /// `path == value`; where `==` stands.
    Equals(PathExpression<'a>, usize, Name<'a>),
}

/// A rights expression.
#[derive(Clone, Debug)]
pub enum Rights<'a> {
    /// A right.
    Right(Name<'a>),
    /// `… & …`
    All(Vec<Rights<'a>>),
    /// `… | …`
    Any(Vec<Rights<'a>>),
}

/// A scalar with an expression in it: knows where the parts of the expression stand in the file.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The scalar.
    pub node: &'a Node<'a>,
    /// The files.
    pub sources: &'a Sources,
}

impl Place<'_> {
    /// Where a name stands.
    pub fn of(&self, name: &Name) -> Span {
        self.node.part(self.sources, name.start, name.start + name.text.len())
    }

    /// Where a stretch of the expression stands.
    pub fn between(&self, start: usize, end: usize) -> Span {
        self.node.part(self.sources, start, end)
    }
}

/// Reads a type expression. `None` if it is none; then there is an error.
pub fn read_type<'a>(place: Place<'a>, report: &Report) -> Option<TypeExpression<'a>> {
    let mut tokens = Tokens::new(place, report)?;
    let ty = type_expression(&mut tokens, 0)?;
    tokens.end("a type")?;
    Some(ty)
}

/// Reads a path.
pub fn read_path<'a>(place: Place<'a>, report: &Report) -> Option<PathExpression<'a>> {
    let mut tokens = Tokens::new(place, report)?;
    let path = path(&mut tokens)?;
    tokens.end("a path")?;
    Some(path)
}

/// Reads a condition.
pub fn read_condition<'a>(place: Place<'a>, report: &Report) -> Option<ConditionExpression<'a>> {
    let mut tokens = Tokens::new(place, report)?;
    let condition = any_condition(&mut tokens, 0)?;
    tokens.end(CONDITION)?;
    Some(condition)
}

/// Reads a rights expression.
pub fn read_rights<'a>(place: Place<'a>, report: &Report) -> Option<Rights<'a>> {
    let mut tokens = Tokens::new(place, report)?;
    let rights = any_right(&mut tokens, 0)?;
    tokens.end(RIGHTS)?;
    Some(rights)
}

fn type_expression<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<TypeExpression<'a>> {
    tokens.descend(depth)?;
    if tokens.take("*") {
        let mutable = match tokens.peek() {
            Token::Word("const") => false,
            Token::Word("mut") => true,
            _ => return tokens.expected("`const` or `mut`"),
        };
        tokens.next();
        return Some(TypeExpression::Pointer(mutable, Box::new(type_expression(tokens, depth + 1)?)));
    }
    if tokens.take("[") {
        let of = type_expression(tokens, depth + 1)?;
        tokens.want(";")?;
        let Some(count) = tokens.number() else { return tokens.expected("the number of elements") };
        tokens.want("]")?;
        return Some(TypeExpression::Array(Box::new(of), count));
    }
    let Some(name) = tokens.name() else { return tokens.expected("a type") };
    if name.text == "atomic" {
        return Some(TypeExpression::Atomic(name, Box::new(type_expression(tokens, depth + 1)?)));
    }
    Some(match Primitive::ALL.into_iter().find(|primitive| primitive.name() == name.text) {
        Some(primitive) => TypeExpression::Primitive(primitive, name),
        None => TypeExpression::Named(name),
    })
}

fn path<'a>(tokens: &mut Tokens<'a, '_>) -> Option<PathExpression<'a>> {
    let Some(root) = tokens.name() else { return tokens.expected("the name of a parameter") };
    let mut steps = Vec::new();
    let mut end = root.start + root.text.len();
    loop {
        let start = tokens.start();
        if tokens.take(".") {
            let Some(name) = tokens.name() else { return tokens.expected("the name of a member") };
            steps.push((Some(name.text), name.start));
            end = name.start + name.text.len();
        } else if tokens.take("[") {
            tokens.want("]")?;
            steps.push((None, start));
            end = tokens.last_end();
        } else {
            let text = tokens.text().get(root.start..end).unwrap_or_default();
            return Some(PathExpression { root, steps, text });
        }
    }
}

fn any_condition<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<ConditionExpression<'a>> {
    let mut parts = vec![all_conditions(tokens, depth)?];
    while tokens.take("or") {
        parts.push(all_conditions(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { ConditionExpression::Any(parts) })
}

fn all_conditions<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<ConditionExpression<'a>> {
    let mut parts = vec![one_condition(tokens, depth)?];
    while tokens.take("and") {
        parts.push(one_condition(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { ConditionExpression::All(parts) })
}

fn one_condition<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<ConditionExpression<'a>> {
    tokens.descend(depth)?;
    if tokens.take("not") {
        return Some(ConditionExpression::Not(Box::new(one_condition(tokens, depth + 1)?)));
    }
    if tokens.take("(") {
        let inner = any_condition(tokens, depth + 1)?;
        tokens.want(")")?;
        return Some(inner);
    }
    let path = path(tokens)?;
    let start = tokens.start();
    let operator = match tokens.peek() {
        Token::Word(word @ ("has" | "lacks")) | Token::Symbol(word @ ("==" | "!=")) => word,
        _ => return tokens.expected("`has`, `lacks`, `==` or `!=`"),
    };
    tokens.next();
    let Some(value) = tokens.name() else { return tokens.expected("a value") };
    let condition = match operator {
        "has" | "lacks" => ConditionExpression::Has(path, start, value),
        _ => ConditionExpression::Equals(path, start, value),
    };
    Some(match operator {
        "lacks" | "!=" => ConditionExpression::Not(Box::new(condition)),
        _ => condition,
    })
}

fn any_right<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<Rights<'a>> {
    let mut parts = vec![all_rights(tokens, depth)?];
    while tokens.take("|") {
        parts.push(all_rights(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Rights::Any(parts) })
}

fn all_rights<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<Rights<'a>> {
    let mut parts = vec![one_right(tokens, depth)?];
    while tokens.take("&") {
        parts.push(one_right(tokens, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Rights::All(parts) })
}

fn one_right<'a>(tokens: &mut Tokens<'a, '_>, depth: usize) -> Option<Rights<'a>> {
    tokens.descend(depth)?;
    if tokens.take("(") {
        let inner = any_right(tokens, depth + 1)?;
        tokens.want(")")?;
        return Some(inner);
    }
    match tokens.name() {
        Some(name) => Some(Rights::Right(name)),
        None => tokens.expected("a right"),
    }
}
