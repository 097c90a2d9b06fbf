//! Puts types into an order in which each comes after those that it contains by value, and finds structs that contain
//! themselves.

use std::collections::HashMap;

use super::expression::{Name, Place, TypeExpression};
use super::names::each_field;
use super::report::Report;
use super::syntax::{Definition, Kind};
use crate::diagnostic::Diagnostic;

/// The order of the types.
#[derive(Debug)]
pub struct Order {
    /// Indices in [`Definition::types`].
    pub types: Vec<usize>,
    /// For each of [`Definition::types`], whether it contains itself.
    pub recursive: Vec<bool>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// Finds the order.
pub fn order(definition: &Definition, report: &Report) -> Order {
    let mut by_name: HashMap<&str, usize> = HashMap::with_capacity(definition.types.len());
    for (index, ty) in definition.types.iter().enumerate() {
        by_name.entry(ty.name.text).or_insert(index);
    }
    // What each type contains by value, and where it says so.
    let contained: Vec<Vec<(usize, Place, &Name)>> = definition
        .types
        .iter()
        .map(|ty| {
            let mut found = Vec::new();
            if let Some(Kind::Struct(item)) = &ty.kind {
                each_field(&item.members, |field| {
                    if let Some(expression) = &field.ty
                        && let Some(name) = expression.tree.as_ref().and_then(by_value)
                        && let Some(&index) = by_name.get(name.text)
                    {
                        found.push((index, expression.place, name));
                    }
                });
            }
            found
        })
        .collect();
    let mut order = Order { types: Vec::new(), recursive: vec![false; definition.types.len()] };
    let mut states = vec![State::New; definition.types.len()];
    // Depth first, with a stack of its own: (type, how many of its contents were visited).
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for start in 0..definition.types.len() {
        if states[start] == State::New {
            states[start] = State::Open;
            stack.push((start, 0));
        }
        while let Some((index, next)) = stack.last_mut() {
            let Some(&(inner, place, name)) = contained[*index].get(*next) else {
                states[*index] = State::Done;
                order.types.push(*index);
                stack.pop();
                continue;
            };
            *next += 1;
            match states[inner] {
                State::New => {
                    states[inner] = State::Open;
                    stack.push((inner, 0));
                }
                State::Done => {}
                State::Open => {
                    let from = stack.iter().position(|&(index, _)| index == inner).unwrap_or_default();
                    let mut way: Vec<&str> = Vec::new();
                    for &(index, _) in &stack[from..] {
                        order.recursive[index] = true;
                        way.push(definition.types[index].name.text);
                    }
                    way.push(definition.types[inner].name.text);
                    report.add(
                        Diagnostic::at(
                            place.of(name),
                            format!("`{}` contains itself: {}", way[0], way.join(" > ")),
                        )
                        .help("a pointer to it can be contained"),
                    );
                }
            }
        }
    }
    order
}

/// The type that a type expression contains by value.
fn by_value<'e, 'a>(expression: &'e TypeExpression<'a>) -> Option<&'e Name<'a>> {
    match expression {
        TypeExpression::Named(name) => Some(name),
        TypeExpression::Array(of, _) | TypeExpression::Atomic(_, of) => by_value(of),
        TypeExpression::Primitive(..) | TypeExpression::Pointer(..) => None,
    }
}
