//! Functions for rules about descriptors in a program's memory: one for each kind of element.
//!
//! A shim cannot evaluate these rules: it would read memory that the method reads again, and that the program may
//! change in between. So the method applies the function to each element that it has copied.

use super::expressions::Start;
use super::needs::needed;
use super::plan::CallPlan;
use super::syscalls::{alternatives, by_reference, element};
use super::{Context, Locals, list};
use crate::emit::rust::{WIDTH, function};
use crate::emit::text::Text;
use crate::model::{Condition, Field, Member, Path, RightsRule, Segment, TypeKind, TypeRef};

/// Rules about one descriptor per element, of which at most one exists in each.
struct Group<'m> {
    parameter: usize,
    prefix: &'m [Segment],
    /// Tag of the variant whose arms the descriptors lie in, if there are several.
    variant: Option<&'m str>,
    descriptors: Vec<(&'m Path, Vec<&'m RightsRule>)>,
}

/// Adds the functions of all calls.
pub(super) fn print(context: &Context<'_>, plans: &[CallPlan<'_>], out: &mut Text) {
    if context.descriptor.is_none() || context.rights.is_none() {
        return;
    }
    let alternatives = alternatives(plans);
    let mut names = Locals::new(&["when"]);
    for plan in plans {
        for group in groups(context, plan) {
            function_for(context, plan, &group, &mut names, alternatives, out);
        }
    }
}

fn groups<'m>(context: &Context<'m>, plan: &CallPlan<'m>) -> Vec<Group<'m>> {
    let mut groups: Vec<Group<'m>> = Vec::new();
    for rule in plan.rules_in_memory() {
        let path = &rule.descriptor;
        let prefix = &path.segments[..prefix_length(path)];
        let variant = variant_of(context, plan, path, prefix.len());
        let arm = |path: &Path| path.segments.get(prefix.len()).cloned();
        let same = |group: &&mut Group<'m>| group.parameter == path.parameter && group.prefix == prefix;
        if let Some((_, rules)) = groups
            .iter_mut()
            .filter(same)
            .flat_map(|group| &mut group.descriptors)
            .find(|(other, _)| other.segments == path.segments)
        {
            rules.push(rule);
            continue;
        }
        let exclusive = |group: &&mut Group<'m>| {
            variant.is_some()
                && group.variant == variant
                && group.descriptors.iter().all(|(other, _)| arm(other) != arm(path))
        };
        match groups.iter_mut().filter(same).find(exclusive) {
            Some(group) => group.descriptors.push((path, vec![rule])),
            None => groups.push(Group {
                parameter: path.parameter,
                prefix,
                variant,
                descriptors: vec![(path, vec![rule])],
            }),
        }
    }
    groups
}

/// How many segments lead to the element.
fn prefix_length(path: &Path) -> usize {
    path.segments.iter().rposition(|segment| *segment == Segment::Elements).map_or(0, |last| last + 1)
}

/// The type of the element that a path goes through.
fn element_type(context: &Context<'_>, plan: &CallPlan<'_>, path: &Path, prefix: usize) -> TypeRef {
    let pointee = |ty: &TypeRef| match ty {
        TypeRef::Pointer { to, .. } => (**to).clone(),
        other => other.clone(),
    };
    let mut ty = pointee(&plan.inputs[path.parameter].parameter.ty);
    for segment in &path.segments[..prefix] {
        let Segment::Member(name) = segment else {
            continue;
        };
        let TypeRef::Named(id) = ty else { continue };
        let found = members(context, id).into_iter().find(|(_, member)| member.name == *name);
        if let Some((_, member)) = found {
            ty = pointee(&member.ty);
        }
    }
    ty
}

/// All members of a structure, those in arms with the tag of the variant and the arm's name.
fn members<'m>(
    context: &Context<'m>,
    id: crate::model::TypeId,
) -> Vec<(Option<(&'m str, &'m str)>, &'m Field)> {
    let mut list = Vec::new();
    let TypeKind::Struct(structure) = &context.model.ty(id).kind else { return list };
    for member in &structure.members {
        match member {
            Member::Field(field) => list.push((None, field)),
            Member::Variant(variant) => {
                for arm in &variant.arms {
                    for member in &arm.members {
                        let name = arm.name.as_deref().unwrap_or(&member.name);
                        list.push((Some((variant.tag.as_str(), name)), member));
                    }
                }
            }
        }
    }
    list
}

/// The tag of the variant that a path goes into right after the element.
fn variant_of<'m>(context: &Context<'m>, plan: &CallPlan<'m>, path: &Path, prefix: usize) -> Option<&'m str> {
    let TypeRef::Named(id) = element_type(context, plan, path, prefix) else { return None };
    let Some(Segment::Member(name)) = path.segments.get(prefix) else { return None };
    members(context, id)
        .into_iter()
        .filter_map(|(place, _)| place)
        .find(|(_, arm)| arm == name)
        .map(|(tag, _)| tag)
}

fn function_for(
    context: &Context<'_>,
    plan: &CallPlan<'_>,
    group: &Group<'_>,
    names: &mut Locals,
    alternatives: usize,
    out: &mut Text,
) {
    let Some(fd) = context.descriptor else { return };
    let fd = context.printer.type_ref(&TypeRef::Named(fd));
    let Some((first, _)) = group.descriptors.first() else { return };
    let ty = element_type(context, plan, first, group.prefix.len());
    let root = plan.inputs[group.parameter].parameter;
    let place: Vec<&str> = std::iter::once(root.name.as_str())
        .chain(group.prefix.iter().filter_map(|segment| match segment {
            Segment::Member(name) => Some(name.as_str()),
            Segment::Elements => None,
        }))
        .collect();
    let name = names.name(&format!("{}_{}_needs", plan.call.name, place.join("_")));

    // Conditions may speak of other arguments too.
    let mut others: Vec<usize> = Vec::new();
    for rule in group.descriptors.iter().flat_map(|(_, rules)| rules) {
        if let Some(condition) = &rule.when {
            other_roots(condition, group.parameter, &mut others);
        }
    }
    let reference = |ty: &TypeRef| match by_reference(context, ty) {
        true => format!("&{}", element(context, ty)),
        false => element(context, ty),
    };
    let mut locals = Locals::new(&["arm"]);
    let this = locals.name("element");
    let mut parameters = vec![format!("{this}: {}", reference(&ty))];
    let mut roots = Vec::new();
    for other in others {
        let parameter = plan.inputs[other].parameter;
        let root_type = match &parameter.ty {
            TypeRef::Pointer { to, .. } => (**to).clone(),
            other => other.clone(),
        };
        let local = locals.name(&parameter.name);
        parameters.push(format!("{local}: {}", reference(&root_type)));
        roots.push((other, local, root_type));
    }
    let start = |path: &Path| {
        let other = roots.iter().find(|(root, ..)| *root == path.parameter);
        match other {
            Some((_, local, ty)) => Start { expression: local.clone(), ty: ty.clone(), skip: 0 },
            None => Start { expression: this.clone(), ty: ty.clone(), skip: group.prefix.len() },
        }
    };

    let method = function(&plan.call.name);
    let descriptors: Vec<&str> = group.descriptors.iter().map(|(path, _)| path.text.as_str()).collect();
    out.blank();
    out.comment(
        "/// ",
        &format!(
            "For [`Syscalls::{}`]: the descriptor `{}`, if the element has one, and what it must carry.\n\
             \n\
             The method applies it to each element of `{}` after copying it: the shim does not look at them.",
            method.trim_start_matches("r#"),
            descriptors.join("` or `"),
            place.join("."),
        ),
        WIDTH,
    );
    out.line("#[inline]");
    list(out, 0, &format!("pub fn {name}("), &parameters, &format!(") -> Option<({fd}, NeededRights)> {{"));
    out.indented(|out| {
        let mut always = false;
        for (path, rules) in &group.descriptors {
            let place = context.place(path, &start(path));
            let needed = needed(context, rules, &start, alternatives);
            match place.guards.as_slice() {
                [] => {
                    always = true;
                    out.line(format_args!("let needed = {needed};"));
                    out.line(format_args!("Some(({}, needed))", place.expression));
                }
                guards => {
                    let guards: Vec<String> = guards
                        .iter()
                        .map(|(variant, pattern)| format!("let {pattern} = {variant}"))
                        .collect();
                    out.block(&format!("if {} {{", guards.join("\n    && ")), "}", |out| {
                        out.line(format_args!("let needed = {needed};"));
                        out.line(format_args!("return Some(({}, needed));", place.expression));
                    });
                }
            }
        }
        if !always {
            out.line("None");
        }
    });
    out.line("}");
}

/// Adds the parameters other than this one that a condition speaks of.
fn other_roots(condition: &Condition, own: usize, roots: &mut Vec<usize>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                other_roots(part, own, roots);
            }
        }
        Condition::Not(inner) => other_roots(inner, own, roots),
        Condition::Has { path, .. } | Condition::Equals { path, .. } => {
            if path.parameter != own && !roots.contains(&path.parameter) {
                roots.push(path.parameter);
            }
        }
    }
}
