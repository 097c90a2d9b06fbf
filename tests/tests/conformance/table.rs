//! The table that the definition makes: what there is to try of each call.

use std::collections::BTreeMap;
use std::fmt;

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{
    Access, Call, Field, Length, Member, Model, RightsExpression, TypeKind, TypeRef,
};
use cloudabi_test_support::own_definition;

use crate::tap::{Ending, Test};

/// Cells that no test can fill, beside the errors of which the definition says so itself.
const UNPROVOKED: &[(&str, &str)] = &[];

/// Something to try: `fd_read/error/badf`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    call: String,
    what: String,
    /// Why no test provokes it.
    unprovoked: Option<String>,
}

impl Cell {
    pub fn new(call: &str, what: impl Into<String>) -> Self {
        Cell { call: call.to_string(), what: what.into(), unprovoked: None }
    }

    /// `error`, of `fd_read/error/badf`.
    fn kind(&self) -> &str {
        self.what.split('/').next().unwrap_or_default()
    }

    /// Whether a test of this name tries it.
    fn is_tried_by(&self, name: &str) -> bool {
        let cell = self.to_string();
        let covers =
            |cell: &str| name.strip_prefix(cell).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // These errors are what a bad pointer and a missing right give.
        covers(&cell)
            || self.what == "error/fault" && covers(&format!("{}/pointer", self.call))
            || self.what == "error/notcapable" && covers(&format!("{}/right", self.call))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.call, self.what)
    }
}

/// This workspace's definition.
pub fn model() -> Model {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

/// The cells of all calls.
pub fn cells(model: &Model) -> Vec<Cell> {
    let mut cells: Vec<Cell> = model.calls.iter().flat_map(|call| cells_of(model, call)).collect();
    for (name, reason) in UNPROVOKED {
        let cell = cells.iter_mut().find(|cell| cell.to_string() == *name);
        let cell = cell.unwrap_or_else(|| panic!("the table has no {name}"));
        cell.unprovoked = Some(reason.to_string());
    }
    cells
}

fn cells_of(model: &Model, call: &Call) -> Vec<Cell> {
    let mut cells = vec![Cell::new(&call.name, "behaviour")];
    let values = |ty: Option<_>| match ty.map(|ty| &model.ty(ty).kind) {
        Some(TypeKind::Number(number)) => &number.values,
        _ => panic!("the definition has no errors or rights"),
    };
    for error in &call.errors {
        let name = &values(model.errno())[error.errno].name;
        let unprovoked = error.unprovoked.clone();
        cells.push(Cell { unprovoked, ..Cell::new(&call.name, format!("error/{name}")) });
    }
    for rule in &call.rights {
        let set = if rule.inheriting { "inheriting:" } else { "" };
        for rights in demanded(&rule.needs) {
            let names: Vec<_> =
                rights.iter().map(|right| values(model.rights())[*right].name.as_str()).collect();
            cells.push(Cell::new(
                &call.name,
                format!("right/{}/{set}{}", rule.descriptor.text, names.join("|")),
            ));
        }
    }
    let mut pointer = |text: &str, access: Access| {
        for (kind, matters) in [
            ("unmapped", access != Access::Address),
            ("read-only", matches!(access, Access::Write | Access::ReadWrite)),
            ("outside", true),
            ("wraps", true),
        ] {
            if matters {
                cells.push(Cell::new(&call.name, format!("pointer/{text}/{kind}")));
            }
        }
    };
    for input in &call.inputs {
        let Some(buffer) = &input.buffer else { continue };
        pointer(&input.name, buffer.access);
        let element = if buffer.length == Length::One { "" } else { "[]" };
        for (member, access) in pointers_in(model, &input.ty) {
            pointer(&format!("{}{element}.{member}", input.name), access);
        }
    }
    for output in &call.outputs {
        pointer(&output.name, Access::Write);
    }
    cells
}

/// The sets of rights of which one must be there each, in the order of the bits.
fn demanded(needs: &RightsExpression) -> Vec<Vec<usize>> {
    match needs {
        RightsExpression::Right(right) => vec![vec![*right]],
        RightsExpression::All(parts) => parts.iter().flat_map(demanded).collect(),
        RightsExpression::Any(parts) => {
            let mut all: Vec<_> = parts.iter().flat_map(demanded).flatten().collect();
            all.sort_unstable();
            vec![all]
        }
    }
}

/// Pointers in the structures that another one leads to, and in what these lead to, and what is done with the memory there. An address that is
/// only passed on, without a length or a type, is none.
fn pointers_in(model: &Model, pointer: &TypeRef) -> Vec<(String, Access)> {
    let TypeRef::Pointer { to, .. } = pointer else { return Vec::new() };
    let TypeRef::Named(id) = **to else { return Vec::new() };
    let TypeKind::Struct(structure) = &model.ty(id).kind else { return Vec::new() };
    let mut pointers = Vec::new();
    let mut add = |field: &Field, prefix: &str| {
        let Some(access) = access_of(model, field) else { return };
        let name = format!("{prefix}{}", field.name);
        let inside = pointers_in(model, &field.ty);
        let inside = inside
            .into_iter()
            .map(|(member, access)| (format!("{name}[].{member}"), access))
            .collect::<Vec<_>>();
        pointers.push((name, access));
        pointers.extend(inside);
    };
    for member in &structure.members {
        match member {
            Member::Field(field) => add(field, ""),
            Member::Variant(variant) => {
                for arm in &variant.arms {
                    let prefix = arm.name.as_ref().map(|name| format!("{name}.")).unwrap_or_default();
                    arm.members.iter().for_each(|field| add(field, &prefix));
                }
            }
        }
    }
    pointers
}

/// What a call does with the memory that a member points to.
fn access_of(model: &Model, field: &Field) -> Option<Access> {
    let TypeRef::Pointer { mutable, to } = &field.ty else { return None };
    match &**to {
        _ if field.length.is_some() => Some(if *mutable { Access::Write } else { Access::Read }),
        TypeRef::Atomic(_) => Some(Access::ReadWrite),
        // Whether it can be run, the processor finds out.
        TypeRef::Named(id) if matches!(model.ty(*id).kind, TypeKind::Function(_)) => Some(Access::Read),
        _ => None,
    }
}

/// Which tests try which cells.
pub struct Coverage<'a> {
    rows: Vec<(&'a Cell, Vec<&'a Test>)>,
}

impl<'a> Coverage<'a> {
    pub fn new(cells: &'a [Cell], tests: &'a [Test]) -> Self {
        let tried = |cell: &Cell| tests.iter().filter(|test| cell.is_tried_by(&test.name)).collect();
        Coverage { rows: cells.iter().map(|cell| (cell, tried(cell))).collect() }
    }

    /// Cells that nothing tries and nothing excuses, with what is the matter.
    pub fn blanks(&self) -> impl Iterator<Item = (&'a Cell, &'static str)> {
        self.rows.iter().filter_map(|(cell, tests)| match (cell.unprovoked.is_some(), tests.is_empty()) {
            (false, true) => Some((*cell, "no test tries it")),
            _ => None,
        })
    }

    /// Prints how many cells of each kind were tried, could not be, or are blank.
    pub fn print(&self) {
        let mut counts: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        for (cell, tests) in &self.rows {
            let skipped = tests.iter().filter(|test| matches!(test.ending, Ending::Skipped(_))).count();
            let column = match (tests.len() - skipped, skipped) {
                (1.., _) => 1,
                _ if cell.unprovoked.is_some() => 3,
                (_, 1..) => 2,
                _ => 4,
            };
            for key in [cell.kind(), "total"] {
                let row = counts.entry(key).or_default();
                row[0] += 1;
                row[column] += 1;
            }
        }
        println!(
            "{:<10} {:>6} {:>6} {:>8} {:>11} {:>6}",
            "cells", "all", "tried", "skipped", "unprovoked", "blank"
        );
        for (kind, [all, tried, skipped, unprovoked, blank]) in counts {
            println!("{kind:<10} {all:>6} {tried:>6} {skipped:>8} {unprovoked:>11} {blank:>6}");
        }
    }
}
