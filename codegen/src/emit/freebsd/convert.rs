//! Conversions between the ABI's numbers and the kernel's.
//!
//! To the host: 0, or EINVAL for what the ABI does not define and EOPNOTSUPP for what FreeBSD cannot express.
//! From the host: enumerations without a value for everything else give EINVAL where nothing fits; sets of
//! flags ignore bits that mean nothing to the ABI. Flags whose constants cannot be joined are converted one at
//! a time, as the values of an enumeration are.

use super::Names;
use super::names::number_type;
use super::style::{c_file, comment, header as c_header, include_types, remark, wrapped};
use crate::emit::c::spelling::value_macro;
use crate::emit::text::Text;
use crate::emit_line;
use crate::model::{Apply, Host, HostMapping, HostTable, Model, NumberClass, NumberType, Value};

/// Headers of the kernel's that define the constants.
const HEADERS: [&str; 12] = [
    "sys/param.h",
    "sys/systm.h",
    "sys/dirent.h",
    "sys/errno.h",
    "sys/fcntl.h",
    "sys/mman.h",
    "sys/signal.h",
    "sys/socket.h",
    "sys/stat.h",
    "sys/time.h",
    "sys/unistd.h",
    "sys/wait.h",
];

/// A table with its type.
struct Conversion<'m> {
    /// The table.
    table: &'m HostTable,
    /// The type whose values it maps.
    number: &'m NumberType,
    /// `cloudabi_errno_t`
    ty: String,
    /// `cloudabi_errno`, what the functions' names start with.
    stem: String,
}

impl Conversion<'_> {
    /// Whether a whole set is converted at once.
    fn is_set(&self) -> bool {
        self.number.class == NumberClass::Flags && self.table.apply != Apply::Separately
    }
}

/// The tables that this file serves: all but those of capabilities.
fn conversions<'m>(model: &'m Model, host: &'m Host) -> impl Iterator<Item = Conversion<'m>> {
    let names = Names { model, bits: 64 };
    host.tables.iter().filter_map(move |table| {
        let number = number_type(model, table.ty)?;
        (table.none.is_none() && !super::capsicum::is_capability_table(table)).then(|| Conversion {
            table,
            number,
            ty: names.named(table.ty),
            stem: format!("{}_{}", model.name, table.name),
        })
    })
}

/// `cloudabi_convert.h`
pub fn header(model: &Model, host: &Host) -> String {
    let purpose = format!("Conversions between {}'s numbers and {}'s.", model.title, host.title);
    c_header(model, &format!("{}_convert.h", model.name), &purpose, |text| {
        text.line("#include <sys/types.h>").blank();
        include_types(text, &format!("{}_types_common", model.name));
        for conversion in conversions(model, host) {
            let table = conversion.table;
            text.blank();
            comment(text, &about(&conversion));
            if table.to_host {
                emit_line!(text, "{};", to_host_signature(&conversion, "\t"));
            }
            if table.from_host {
                emit_line!(text, "{};", from_host_signature(&conversion, "\t"));
            }
        }
        for table in &host.tables {
            if let Some(reason) = &table.none {
                text.blank();
                let ty = &model.ty(table.ty).name;
                comment(text, &format!("No conversion of {ty} ({}): {reason}", table.name));
            }
        }
    })
}

/// What a table is for, and what its functions do.
fn about(conversion: &Conversion<'_>) -> String {
    let table = conversion.table;
    let mut about = table.doc.plain().trim_end().to_string();
    if table.to_host {
        about.push_str(
            "\n\nTo the kernel: 0, EINVAL if the ABI defines no such value, or EOPNOTSUPP if the kernel has \
             nothing for it.",
        );
    }
    if conversion.number.class == NumberClass::Flags && !conversion.is_set() {
        about.push_str("\n\nFlags go one at a time: their constants cannot be joined.");
    }
    if table.from_host {
        about.push_str(match (conversion.is_set(), table.from_host_default) {
            (true, _) => "\n\nFrom the kernel: bits that mean nothing to the ABI are ignored.",
            (_, Some(_)) => "\n\nFrom the kernel: what has no counterpart becomes the default.",
            (_, None) => "\n\nFrom the kernel: 0, or EINVAL if the ABI has nothing for it.",
        });
    }
    about
}

/// `int cloudabi_signal_to_host(cloudabi_signal_t value, int *host)`
fn to_host_signature(conversion: &Conversion<'_>, gap: &str) -> String {
    format!("int{gap}{}_to_host({} value, int *host)", conversion.stem, conversion.ty)
}

/// `cloudabi_errno_t cloudabi_errno_from_host(int host)`
fn from_host_signature(conversion: &Conversion<'_>, gap: &str) -> String {
    let (stem, ty) = (&conversion.stem, &conversion.ty);
    match is_total_from_host(conversion) {
        true => format!("{ty}{}{stem}_from_host(int host)", if gap == "\t" { " " } else { gap }),
        false => format!("int{gap}{stem}_from_host(int host, {ty} *value)"),
    }
}

/// Whether every number of the host's has a counterpart.
fn is_total_from_host(conversion: &Conversion<'_>) -> bool {
    conversion.is_set() || conversion.table.from_host_default.is_some()
}

/// `cloudabi_convert.c`
pub fn source(model: &Model, host: &Host) -> String {
    let mut text =
        c_file(model, &format!("Conversions between {}'s numbers and {}'s.", model.title, host.title));
    for file in HEADERS.iter().copied().chain(more_headers(host)) {
        emit_line!(text, "#include <{file}>");
    }
    text.blank();
    emit_line!(text, "#include \"{}_convert.h\"", model.name);
    if conversions(model, host).any(|c| c.table.from_host && c.is_set()) {
        text.blank();
        comment(
            &mut text,
            "Whether all of the bits are set. A constant of 0 is never found: nothing shows it.",
        );
        text.line("#define\tHAS(host, bits)\t((bits) != 0 && ((host) & (bits)) == (bits))");
    }
    for conversion in conversions(model, host) {
        let is_flags = conversion.is_set();
        if conversion.table.to_host {
            function(&mut text, &to_host_signature(&conversion, "\n"), |text| match is_flags {
                true => flags_to_host(text, &conversion),
                false => value_to_host(text, &conversion),
            });
        }
        if conversion.table.from_host {
            function(&mut text, &from_host_signature(&conversion, "\n"), |text| match is_flags {
                true => flags_from_host(text, &conversion),
                false => value_from_host(text, &conversion),
            });
        }
    }
    text.finish()
}

/// Headers that the definition itself names.
fn more_headers(host: &Host) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for source in host.constants.iter().map(|c| c.source.as_str()) {
        let is_header = source.ends_with(".h") && !source.contains(char::is_whitespace);
        if is_header && source != "sys/capsicum.h" && !HEADERS.contains(&source) && !files.contains(&source) {
            files.push(source);
        }
    }
    files
}

/// A function definition.
fn function(text: &mut Text, signature: &str, body: impl FnOnce(&mut Text)) {
    text.blank().line(signature).block("{", "}", |text| {
        text.blank();
        body(text);
    });
}

/// `A`, or `(A | B)`.
fn bits(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        several => format!("({})", several.join(" | ")),
    }
}

/// The values with their mappings, in the type's order, without second names for one number.
fn mapped<'m>(conversion: &Conversion<'m>) -> impl Iterator<Item = (&'m Value, &'m HostMapping)> {
    let number = conversion.number;
    conversion
        .table
        .entries
        .iter()
        .filter_map(move |entry| Some((number.values.get(entry.value)?, &entry.mapping)))
        .filter(|(value, _)| value.same_as.is_none())
}

/// The body of a conversion of one value to the host.
fn value_to_host(text: &mut Text, conversion: &Conversion<'_>) {
    text.line("switch (value) {");
    for (value, mapping) in mapped(conversion) {
        emit_line!(text, "case {}:", value_macro(conversion.number, value));
        text.indented(|text| {
            match mapping {
                HostMapping::Constants { names, .. } => emit_line!(text, "*host = {};", bits(names)),
                HostMapping::Zero(reason) => {
                    remark(text, reason);
                    text.line("*host = 0;")
                }
                HostMapping::None(reason) => {
                    remark(text, reason);
                    text.line("return (EOPNOTSUPP);")
                }
            };
            if !matches!(mapping, HostMapping::None(_)) {
                text.line("return (0);");
            }
        });
    }
    text.line("default:").line("\treturn (EINVAL);").line("}");
}

/// The body of a conversion of one value from the host.
fn value_from_host(text: &mut Text, conversion: &Conversion<'_>) {
    let number = conversion.number;
    let total = is_total_from_host(conversion);
    let found = |text: &mut Text, value: &Value| {
        let constant = value_macro(number, value);
        match total {
            true => emit_line!(text, "\treturn ({constant});"),
            false => emit_line!(text, "\t*value = {constant};\n\treturn (0);"),
        };
    };
    text.line("switch (host) {");
    for (value, mapping) in mapped(conversion) {
        match mapping {
            HostMapping::Constants { names, when: None } => {
                emit_line!(text, "case {}:", bits(names));
                found(text, value);
            }
            HostMapping::Zero(_) => {
                text.line("case 0:");
                found(text, value);
            }
            // What else decides is not for a table to know.
            HostMapping::Constants { .. } | HostMapping::None(_) => {}
        }
    }
    for (name, value) in &conversion.table.also_from_host {
        if let Some(value) = number.values.get(*value) {
            emit_line!(text, "case {name}:");
            found(text, value);
        }
    }
    text.line("default:");
    match conversion.table.from_host_default.and_then(|index| number.values.get(index)) {
        Some(value) => found(text, value),
        None => {
            text.line("\treturn (EINVAL);");
        }
    }
    text.line("}");
}

/// The body of a conversion of a set to the host.
fn flags_to_host(text: &mut Text, conversion: &Conversion<'_>) {
    let number = conversion.number;
    text.line("*host = 0;");
    let known: Vec<String> =
        number.values.iter().filter(|v| v.same_as.is_none()).map(|v| value_macro(number, v)).collect();
    match known.is_empty() {
        true => text.line("if (value != 0)"),
        false => text.line(wrapped("if ((value & ~(", &known, " |", ")) != 0)")),
    };
    text.line("\treturn (EINVAL);");
    for (value, mapping) in mapped(conversion) {
        let constant = value_macro(number, value);
        match mapping {
            HostMapping::Constants { names, .. } if conversion.table.apply == Apply::Together => {
                emit_line!(text, "if ((value & {constant}) != 0)");
                emit_line!(text, "\t*host |= {};", bits(names));
            }
            HostMapping::Constants { .. } => {}
            HostMapping::Zero(reason) => {
                remark(text, &format!("{constant}: {reason}"));
            }
            HostMapping::None(reason) => {
                remark(text, reason);
                emit_line!(text, "if ((value & {constant}) != 0)");
                text.line("\treturn (EOPNOTSUPP);");
            }
        }
    }
    if conversion.table.apply == Apply::WhereMissing {
        for (constants, flags) in by_constants(conversion) {
            text.line(wrapped("if ((value & (", &flags, " |", ")) == 0)"));
            emit_line!(text, "\t*host |= {constants};");
        }
    }
    text.line("return (0);");
}

/// For constants that stand for absent flags: each with all the flags that name it.
fn by_constants(conversion: &Conversion<'_>) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (value, mapping) in mapped(conversion) {
        let HostMapping::Constants { names, .. } = mapping else { continue };
        let (constants, flag) = (bits(names), value_macro(conversion.number, value));
        match all.iter_mut().find(|(known, _)| *known == constants) {
            Some((_, flags)) => flags.push(flag),
            None => all.push((constants, vec![flag])),
        }
    }
    all
}

/// The body of a conversion of a set from the host.
fn flags_from_host(text: &mut Text, conversion: &Conversion<'_>) {
    let number = conversion.number;
    let known: Vec<(String, String)> = mapped(conversion)
        .filter_map(|(value, mapping)| match mapping {
            HostMapping::Constants { names, when: None } => Some((bits(names), value_macro(number, value))),
            _ => None,
        })
        .chain(conversion.table.also_from_host.iter().filter_map(|(name, value)| {
            Some((name.clone(), value_macro(number, number.values.get(*value)?)))
        }))
        .collect();
    if known.is_empty() {
        text.line("(void)host;").line("return (0);");
        return;
    }
    emit_line!(text, "{} value = 0;", conversion.ty);
    text.blank();
    for (host, constant) in known {
        let not = if conversion.table.apply == Apply::WhereMissing { "!" } else { "" };
        emit_line!(text, "if ({not}HAS(host, {host}))");
        emit_line!(text, "\tvalue |= {constant};");
    }
    text.line("return (value);");
}
