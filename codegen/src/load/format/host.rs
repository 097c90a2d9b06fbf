//! The format of a host's file, such as `hosts/linux.yaml`.

use super::{DOC, Key, Map, Names, Object, Shape, optional, required};

/// `hosts/linux.yaml` and the like.
pub static HOST_FILE: Object = Object {
    what: "a host's file",
    doc: "How a host, an operating system that runs programs, serves the ABI.",
    keys: &[
        required("host", Shape::Name(Names::Snake), "Name of the host: the file's, without `.yaml`."),
        required("title", Shape::Text, "The name as prose writes it."),
        DOC,
        optional(
            "ways",
            Shape::Map(&WAYS),
            "The ways in which it runs programs: by its kernel, say, or inside a process. Each is a column of the table of hosts.",
        ),
        optional(
            "constants",
            Shape::Map(&CONSTANTS),
            "Constants of the host that common libraries lack, with their numbers.",
        ),
        required("tables", Shape::Map(&TABLES), "How values map to the host's constants."),
        optional(
            "runtime",
            Shape::Object(&RUNTIME),
            "What the runtime on this host needs at any time, whichever call it serves.",
        ),
        required("calls", Shape::Map(&CALLS), "What the host needs to serve each call. Every call is there."),
    ],
};

static WAYS: Map = Map { what: "way", names: Names::Snake, defines: true, entry: Shape::Object(&WAY) };

static WAY: Object = Object {
    what: "a way",
    doc: "A way in which a host runs programs.",
    keys: &[
        required("title", Shape::Text, "What its column is headed with."),
        DOC,
        required("rights", Shape::Doc, "Who keeps a program to its rights there, in Markdown."),
        required(
            "architectures",
            Shape::Map(&ON_ARCHITECTURES),
            "How far it has come on each architecture. Every architecture is there.",
        ),
    ],
};

static ON_ARCHITECTURES: Map =
    Map { what: "architecture", names: Names::Snake, defines: false, entry: Shape::Object(&ON_ARCHITECTURE) };

static ON_ARCHITECTURE: Object = Object {
    what: "a way on an architecture",
    doc: "How far a way of running programs has come on an architecture.",
    keys: &[
        required(
            "state",
            Shape::Word(&[
                ("tested", "Programs are run on the host itself each time that something changes."),
                ("emulated", "Programs are run on an emulated processor each time."),
                ("built", "It is built and linked each time, and not run."),
                ("planned", "There is no code yet."),
                ("impossible", "It cannot be."),
            ]),
            "How far it has come.",
        ),
        DOC,
    ],
};

static CONSTANTS: Map =
    Map { what: "constant", names: Names::C, defines: true, entry: Shape::Object(&CONSTANT) };

static CONSTANT: Object = Object {
    what: "a constant",
    doc: "A constant of the host, with its number.",
    keys: &[
        required("value", Shape::Integer(0, u64::MAX as i128), "The number."),
        required("source", Shape::Text, "The header that defines it."),
    ],
};

static TABLES: Map = Map { what: "table", names: Names::Snake, defines: true, entry: Shape::Object(&TABLE) };

static TABLE: Object = Object {
    what: "a table",
    doc: "How the values of one type map to constants of the host.",
    keys: &[
        required("type", Shape::Name(Names::Snake), "The type whose values it maps."),
        DOC,
        required(
            "direction",
            Shape::Word(&[
                ("to_host", "Only from the ABI to the host."),
                ("from_host", "Only from the host to the ABI."),
                ("both", "Both ways."),
            ]),
            "Which conversions are wanted.",
        ),
        optional(
            "apply",
            Shape::Word(&[
                ("together", "They are bits, and those of all flags that are set are joined: the default."),
                (
                    "separately",
                    "They are numbers, or bits of different words, that must not be joined but are used one by one.",
                ),
                (
                    "where_missing",
                    "They are bits that stand for the absence of flags: a constant applies where none of the flags that name it is set.",
                ),
            ]),
            "For a flag set: how the constants of several flags go together.",
        ),
        optional("none", Shape::Text, "Why this host has no such thing at all; then there are no values."),
        optional("values", Shape::Map(&ENTRIES), "What each value is on the host. Every value is there."),
        optional(
            "also_from_host",
            Shape::Map(&ALSO),
            "Further constants of the host that become a value, though converting to the host never gives them.",
        ),
        optional(
            "from_host_default",
            Shape::Name(Names::SnakeOrDigit),
            "The value that stands for constants of the host that no entry names.",
        ),
    ],
};

static ALSO: Map =
    Map { what: "constant", names: Names::C, defines: true, entry: Shape::Name(Names::SnakeOrDigit) };

static ENTRIES: Map = Map {
    what: "value",
    names: Names::SnakeOrDigit,
    defines: false,
    entry: Shape::Either(&[Shape::Name(Names::C), Shape::List(&Shape::Name(Names::C)), Shape::Cases(&ENTRY)]),
};

static ENTRY: super::Cases = super::Cases {
    what: "a mapping",
    by: super::Selector::FirstKey,
    cases: &[
        Object {
            what: "a mapping",
            doc: "A value that is one or more constants of the host together.",
            keys: &[
                required(
                    "constant",
                    Shape::Either(&[Shape::Name(Names::C), Shape::List(&Shape::Name(Names::C))]),
                    "The constant, or a list of constants whose bits are taken together.",
                ),
                optional(
                    "when",
                    Shape::Text,
                    "What else decides, where several values share a constant. Only the conversion to the host is then complete.",
                ),
                NOTE,
            ],
        },
        Object {
            what: "a mapping",
            doc: "A value that the host cannot express.",
            keys: &[required("none", Shape::Text, "Why the host cannot express it."), NOTE],
        },
        Object {
            what: "a mapping",
            doc: "A value that is on the host whatever the absence of the constants means.",
            keys: &[required("zero", Shape::Text, "Why nothing has to be set."), NOTE],
        },
    ],
};

const NOTE: Key = optional("note", Shape::Text, "Remark for readers.");

static RUNTIME: Object = Object {
    what: "the runtime",
    doc: "What the runtime needs that is no part of serving one call rather than another.",
    keys: &[
        required(
            "host_calls",
            Shape::ListOrEmpty(&Shape::Name(Names::C)),
            "System calls of the host that it may make at any time.",
        ),
        DOC,
    ],
};

static CALLS: Map = Map { what: "call", names: Names::Snake, defines: false, entry: Shape::Object(&CALL) };

static CALL: Object = Object {
    what: "a call on a host",
    doc: "What the host needs to serve a call.",
    keys: &[
        optional(
            "host_calls",
            Shape::ListOrEmpty(&Shape::Name(Names::C)),
            "System calls of the host that serving it may make. Needed where a sandbox's list of allowed calls is made from it.",
        ),
        DOC,
        optional("none", Shape::Text, NONE),
        optional("limits", Shape::Doc, LIMITS),
        optional(
            "ways",
            Shape::Map(&CALL_IN_WAYS),
            "What differs in a way of running programs, in place of the rest.",
        ),
    ],
};

const NONE: &str = "Why the host cannot serve it.";
const LIMITS: &str = "What of it the host cannot do, and why, in Markdown.";

static CALL_IN_WAYS: Map =
    Map { what: "way", names: Names::Snake, defines: false, entry: Shape::Object(&CALL_IN_WAY) };

static CALL_IN_WAY: Object = Object {
    what: "a call in a way",
    doc: "How a call is served in one way of running programs.",
    keys: &[DOC, optional("none", Shape::Text, NONE), optional("limits", Shape::Doc, LIMITS)],
};
