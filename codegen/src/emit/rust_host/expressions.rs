//! Conditions and rights expressions as Rust.

use super::Context;
use crate::emit::rust::{constant, field};
use crate::model::{
    Condition, Member, NumberClass, NumberType, Operand, Path, RightsExpression, Segment, TypeKind, TypeRef,
};
use std::collections::BTreeSet;

/// Where a path starts: an expression, its type, and how many segments of the path it has covered already.
pub(super) struct Start {
    /// A local variable, or something like it.
    pub expression: String,
    /// Its type.
    pub ty: TypeRef,
    /// Segments to leave out.
    pub skip: usize,
}

/// A way through variants, then a place.
pub(super) struct Place {
    /// For each variant on the way: the expression to match and the pattern, which binds `arm`.
    pub guards: Vec<(String, String)>,
    /// The place, reached from the last `arm` if there are guards.
    pub expression: String,
    /// Its type.
    pub ty: TypeRef,
}

impl Context<'_> {
    /// The place that a path leads to.
    pub(super) fn place(&self, path: &Path, start: &Start) -> Place {
        let mut place =
            Place { guards: Vec::new(), expression: start.expression.clone(), ty: start.ty.clone() };
        // Members of a named arm that the path has just gone into.
        let mut arm_members: Option<&[crate::model::Field]> = None;
        for segment in path.segments.iter().skip(start.skip) {
            let Segment::Member(name) = segment else { continue };
            if let Some(members) = arm_members.take() {
                if let Some(member) = members.iter().find(|member| member.name == *name) {
                    place.expression = format!("{}.{}", place.expression, field(name));
                    place.ty = member.ty.clone();
                }
                continue;
            }
            let TypeRef::Named(id) = place.ty else { continue };
            let TypeKind::Struct(structure) = &self.model.ty(id).kind else { continue };
            for member in &structure.members {
                match member {
                    Member::Field(member) if member.name == *name => {
                        place.expression = format!("{}.{}", place.expression, field(name));
                        place.ty = member.ty.clone();
                    }
                    Member::Field(_) => {}
                    Member::Variant(variant) => {
                        let goes_by = |arm: &&crate::model::Arm| match &arm.name {
                            Some(arm) => arm == name,
                            None => arm.members.first().is_some_and(|member| member.name == *name),
                        };
                        let Some(arm) = variant.arms.iter().find(goes_by) else { continue };
                        let Some((method, pattern)) = self.printer.arm_pattern(id, structure, name) else {
                            continue;
                        };
                        place
                            .guards
                            .push((format!("{}.{method}()", place.expression), format!("{pattern}(arm)")));
                        place.expression = "arm".to_string();
                        match &arm.name {
                            Some(_) => arm_members = Some(&arm.members),
                            None => place.ty = arm.members.first().map_or(place.ty.clone(), |m| m.ty.clone()),
                        }
                    }
                }
            }
        }
        place
    }

    /// A condition as an expression of type `bool`. `start` says where a path starts.
    pub(super) fn condition(&self, condition: &Condition, start: &dyn Fn(&Path) -> Start) -> String {
        self.condition_at(condition, start, 0)
    }

    /// `level`: 0 stands alone, 1 in a disjunction, 2 in a conjunction, 3 under a negation.
    fn condition_at(&self, condition: &Condition, start: &dyn Fn(&Path) -> Start, level: u32) -> String {
        let join = |parts: &[Condition], sign: &str, own: u32, neutral: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.condition_at(part, start, own)).collect();
            match parts.len() {
                0 => neutral.to_string(),
                1 => parts[0].clone(),
                _ if level > own => format!("({})", parts.join(sign)),
                _ => parts.join(sign),
            }
        };
        match condition {
            Condition::All(parts) if parts.len() == 1 => self.condition_at(&parts[0], start, level),
            Condition::Any(parts) if parts.len() == 1 => self.condition_at(&parts[0], start, level),
            Condition::All(parts) => join(parts, " && ", 2, "true"),
            Condition::Any(parts) => join(parts, " || ", 1, "false"),
            Condition::Not(inner) => match &**inner {
                Condition::Equals { path, value } => {
                    // A place in an arm that is not there equals nothing.
                    match self.comparison(path, value, start, "!=") {
                        Some(text) if level == 3 => format!("({text})"),
                        Some(text) => text,
                        None => format!("!{}", self.condition_at(inner, start, 3)),
                    }
                }
                _ => format!("!{}", self.condition_at(inner, start, 3)),
            },
            Condition::Has { path, flag } => {
                let place = self.place(path, &start(path));
                let flag = self.value(&place.ty, *flag);
                guarded(&place, format!("{}.contains({flag})", place.expression))
            }
            Condition::Equals { path, value } => {
                let text = self.comparison(path, value, start, "==");
                let text = text.unwrap_or_else(|| {
                    let place = self.place(path, &start(path));
                    guarded(&place, self.compare(&place, value, "=="))
                });
                if level == 3 && !text.starts_with("matches!") { format!("({text})") } else { text }
            }
        }
    }

    /// A comparison with a place that does not lie in an arm.
    fn comparison(
        &self,
        path: &Path,
        value: &Operand,
        start: &dyn Fn(&Path) -> Start,
        sign: &str,
    ) -> Option<String> {
        let place = self.place(path, &start(path));
        place.guards.is_empty().then(|| self.compare(&place, value, sign))
    }

    fn compare(&self, place: &Place, value: &Operand, sign: &str) -> String {
        let value = match value {
            Operand::Value(index) => self.value(&place.ty, *index),
            Operand::Number(number) => self.number(&place.ty, *number),
        };
        format!("{} {sign} {value}", place.expression)
    }

    /// A named value of a type.
    fn value(&self, ty: &TypeRef, index: usize) -> String {
        let TypeRef::Named(id) = ty else { return "0".to_string() };
        let TypeKind::Number(number) = &self.model.ty(*id).kind else { return "0".to_string() };
        let Some(value) = number.values.get(index) else { return "0".to_string() };
        match number.class {
            NumberClass::Alias => literal(number, value.value),
            _ => format!("{}::{}", self.printer.type_ref(ty), constant(&value.name)),
        }
    }

    /// A number as a value of a type.
    fn number(&self, ty: &TypeRef, value: u64) -> String {
        let TypeRef::Named(id) = ty else { return value.to_string() };
        match &self.model.ty(*id).kind {
            TypeKind::Number(number) if number.class == NumberClass::Alias => literal(number, value),
            TypeKind::Number(number) => format!("{}({})", self.printer.type_ref(ty), literal(number, value)),
            _ => value.to_string(),
        }
    }

    /// These rights as one expression.
    pub(super) fn rights_set(&self, rights: &BTreeSet<usize>) -> String {
        let Some((id, _)) = self.rights else { return String::new() };
        let ty = TypeRef::Named(id);
        let names: Vec<String> = rights.iter().map(|right| self.value(&ty, *right)).collect();
        if names.is_empty() { format!("{}::empty()", self.printer.type_ref(&ty)) } else { names.join(" | ") }
    }
}

/// The condition, given that the variants on the way hold the arms that the place lies in.
fn guarded(place: &Place, condition: String) -> String {
    place.guards.iter().rev().fold(condition, |condition, (variant, pattern)| {
        format!("matches!({variant}, {pattern} if {condition})")
    })
}

fn literal(number: &NumberType, value: u64) -> String {
    let unused = 64 - 8 * number.repr.size().w64;
    if number.repr.is_signed() {
        return (((value << unused) as i64) >> unused).to_string();
    }
    value.to_string()
}

/// What a descriptor must carry, as sets of rights of which it must have one each. Sets of one right are demands
/// without an alternative.
pub(super) fn clauses(expression: &RightsExpression) -> Vec<BTreeSet<usize>> {
    let mut clauses = match expression {
        RightsExpression::Right(right) => vec![BTreeSet::from([*right])],
        RightsExpression::All(parts) => parts.iter().flat_map(clauses).collect(),
        RightsExpression::Any(parts) => {
            let mut product = vec![BTreeSet::new()];
            for part in parts {
                let alternatives = clauses(part);
                product = product
                    .iter()
                    .flat_map(|left| alternatives.iter().map(move |right| left | right))
                    .collect();
            }
            product
        }
    };
    clauses.sort();
    clauses.dedup();
    // A set that contains another one asks for nothing more.
    let all = clauses.clone();
    clauses.retain(|clause| !all.iter().any(|other| other != clause && other.is_subset(clause)));
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfied(expression: &RightsExpression, carried: u64) -> bool {
        match expression {
            RightsExpression::Right(right) => carried >> right & 1 == 1,
            RightsExpression::All(parts) => parts.iter().all(|part| satisfied(part, carried)),
            RightsExpression::Any(parts) => parts.iter().any(|part| satisfied(part, carried)),
        }
    }

    #[test]
    fn clauses_mean_what_the_expression_means() {
        use RightsExpression::{All, Any, Right};
        let expressions = [
            Right(2),
            All(vec![Right(0), Right(1)]),
            Any(vec![Right(0), Right(1)]),
            Any(vec![All(vec![Right(0), Right(1)]), Right(2)]),
            All(vec![
                Any(vec![Right(0), Right(1)]),
                Right(0),
                Any(vec![Right(3), All(vec![Right(2), Right(4)])]),
            ]),
            Any(vec![All(vec![Right(0), Right(1)]), All(vec![Right(2), Right(3)]), Right(0)]),
        ];
        for expression in &expressions {
            let clauses = clauses(expression);
            for carried in 0..1 << 5 {
                let carries_one =
                    |clause: &BTreeSet<usize>| clause.iter().any(|right| carried >> right & 1 == 1);
                assert_eq!(
                    clauses.iter().all(carries_one),
                    satisfied(expression, carried),
                    "{expression:?} {carried:b}"
                );
            }
        }
    }
}
