//! The format of a subsystem's file, such as `fd.yaml`.

use super::abi::CALL_NUMBER;
use super::{
    Cases, DEPRECATED, DOC, Key, Language, Map, Names, Object, SINCE, Selector, Shape, optional, required,
};

/// `fd.yaml` and the like.
pub static SUBSYSTEM_FILE: Object = Object {
    what: "a subsystem's file",
    doc: "Types and calls that belong together.",
    keys: &[
        required(
            "subsystem",
            Shape::Name(Names::Snake),
            "Name of the subsystem: the file's, without `.yaml`.",
        ),
        DOC,
        optional("types", Shape::Map(&TYPES), "The subsystem's types."),
        optional(
            "descriptor_kinds",
            Shape::Map(&DESCRIPTOR_KINDS),
            "The kinds of descriptors, and the rights that make sense for each.",
        ),
        optional("calls", Shape::Map(&CALLS), "The subsystem's system calls."),
    ],
};

static TYPES: Map = Map { what: "type", names: Names::Snake, defines: true, entry: Shape::Cases(&TYPE) };

/// A type, by its `kind`.
pub static TYPE: Cases = Cases {
    what: "a type",
    by: Selector::Word("kind", &["alias", "opaque", "enum", "flags", "struct", "function"]),
    cases: &[
        Object {
            what: "an alias",
            doc: "A quantity: arithmetic on it makes sense.",
            keys: &[KIND, REPR, C_PREFIX, DOC, SINCE, DEPRECATED, VALUES],
        },
        Object {
            what: "an opaque type",
            doc: "An identifier: to be compared and handed back, nothing else.",
            keys: &[KIND, REPR, C_PREFIX, DOC, SINCE, DEPRECATED, VALUES],
        },
        Object {
            what: "an enumeration",
            doc: "One of its values.",
            keys: &[KIND, REPR, C_PREFIX, HOST_MAPPED, DOC, SINCE, DEPRECATED, VALUES],
        },
        Object {
            what: "a flag set",
            doc: "A set of its values, each one bit.",
            keys: &[KIND, REPR, C_PREFIX, HOST_MAPPED, DOC, SINCE, DEPRECATED, VALUES],
        },
        Object {
            what: "a struct",
            doc: "A structure in memory. Members have their natural alignment, as in C.",
            keys: &[
                KIND,
                DOC,
                SINCE,
                DEPRECATED,
                optional(
                    "layout",
                    Shape::Word(&[
                        (
                            "same",
                            "Equal offsets and an equal size for 32-bit and 64-bit programs: the default.",
                        ),
                        ("per_word_size", "One layout for 32-bit and one for 64-bit programs."),
                    ]),
                    "Whether it is laid out differently for each word size.",
                ),
                optional(
                    "padding",
                    Shape::Word(&[("zeroed", "The host writes zeros there.")]),
                    "Declares that it has padding. Without it, padding in what the host writes is an error: it would show memory of the host's.",
                ),
                required("members", Shape::List(&Shape::Cases(&MEMBER)), "Its members in order."),
            ],
        },
        Object {
            what: "a function type",
            doc: "The type of a function in the program that the host calls.",
            keys: &[
                KIND,
                DOC,
                SINCE,
                DEPRECATED,
                required(
                    "parameters",
                    Shape::ListOrEmpty(&Shape::Object(&FIELD)),
                    "Its parameters in order.",
                ),
            ],
        },
    ],
};

const KIND: Key = required(
    "kind",
    Shape::Word(&[
        ("alias", "A quantity: arithmetic on it makes sense."),
        ("opaque", "An identifier: to be compared and handed back, nothing else."),
        ("enum", "One of its values."),
        ("flags", "A set of its values, each one bit."),
        ("struct", "A structure in memory."),
        ("function", "A function in the program that the host calls."),
    ]),
    "What it is.",
);

const REPR: Key = required(
    "repr",
    Shape::Word(&[
        ("uint8", "8 bits, unsigned."),
        ("uint16", "16 bits, unsigned."),
        ("uint32", "32 bits, unsigned."),
        ("uint64", "64 bits, unsigned."),
        ("int8", "8 bits, two's complement."),
        ("int16", "16 bits, two's complement."),
        ("int32", "32 bits, two's complement."),
        ("int64", "64 bits, two's complement."),
    ]),
    "Width and signedness of the number.",
);

const C_PREFIX: Key = optional(
    "c_prefix",
    Shape::Name(Names::C),
    "What C puts before the upper-case name of each value. Needed where there are values.",
);

const HOST_MAPPED: Key =
    optional("host_mapped", Shape::Boolean, "Whether every host must say what the values are there.");

const VALUES: Key =
    optional("values", Shape::Map(&VALUE_MAP), "The named values, in the order to show them.");

static VALUE_MAP: Map =
    Map { what: "value", names: Names::SnakeOrDigit, defines: true, entry: Shape::Object(&VALUE) };

static VALUE: Object = Object {
    what: "a value",
    doc: "A named value.",
    keys: &[
        required(
            "value",
            Shape::Integer(i64::MIN as i128, u64::MAX as i128),
            "The number: decimal, 0x…, 0o… or 0b….",
        ),
        optional("mask", Shape::Boolean, "For a flag set: that it is several bits, or bits of other values."),
        optional(
            "same_as",
            Shape::Name(Names::SnakeOrDigit),
            "The value of the same type that has the same number, where that is meant.",
        ),
        DOC,
        SINCE,
        DEPRECATED,
    ],
};

static MEMBER: Cases = Cases {
    what: "a member",
    by: Selector::FirstKey,
    cases: &[
        Object { what: "a member", doc: "An ordinary member.", keys: FIELD.keys },
        Object {
            what: "a variant",
            doc: "A union whose arm is chosen by an earlier member.",
            keys: &[
                required(
                    "variant",
                    Shape::Name(Names::Snake),
                    "Name of the earlier member, of an enumeration type, that chooses the arm.",
                ),
                DOC,
                required("arms", Shape::List(&Shape::Object(&ARM)), "The arms."),
                optional(
                    "empty",
                    Shape::List(&Shape::Name(Names::SnakeOrDigit)),
                    "Values of the tag for which no arm holds anything.",
                ),
            ],
        },
    ],
};

static FIELD: Object = Object {
    what: "a member",
    doc: "A member of a struct or of a variant's arm, or a parameter of a function type.",
    keys: &[
        required("name", Shape::Name(Names::Snake), "Its name."),
        TYPE_EXPRESSION,
        optional(
            "length",
            Shape::Name(Names::Snake),
            "For a pointer: the member beside it that counts the elements; bytes for `void` and `char`.",
        ),
        DOC,
    ],
};

const TYPE_EXPRESSION: Key = required(
    "type",
    Shape::Expression(Language::Type),
    "A primitive (`void`, `char`, `uint8` to `int64`, `size`), the name of a type, `*const T`, `*mut T`, `[T; N]`, or behind a pointer `atomic T`.",
);

static ARM: Object = Object {
    what: "an arm",
    doc: "One way to read a variant.",
    keys: &[
        optional(
            "name",
            Shape::Name(Names::Snake),
            "Its name. Without one, it has exactly one member, which stands in the union itself.",
        ),
        required(
            "tags",
            Shape::List(&Shape::Name(Names::SnakeOrDigit)),
            "The values of the tag that select it.",
        ),
        DOC,
        required("members", Shape::List(&Shape::Object(&FIELD)), "Its members in order."),
    ],
};

static DESCRIPTOR_KINDS: Map = Map {
    what: "kind of descriptor",
    names: Names::Snake,
    defines: true,
    entry: Shape::Object(&DESCRIPTOR_KIND),
};

static DESCRIPTOR_KIND: Object = Object {
    what: "a kind of descriptor",
    doc: "Descriptors for which the same rights make sense.",
    keys: &[
        DOC,
        required(
            "filetypes",
            Shape::List(&Shape::Name(Names::SnakeOrDigit)),
            "Values of the type `filetype` that such a descriptor can have.",
        ),
        required(
            "base",
            Shape::Either(&[ALL, Shape::List(&Shape::Name(Names::SnakeOrDigit))]),
            "The rights that such a descriptor can carry.",
        ),
        optional(
            "makes",
            Shape::Either(&[ALL, Shape::List(&Shape::Name(Names::Snake))]),
            "The kinds of descriptors that can be made from one. It can let their rights inherit, and what is made from those.",
        ),
    ],
};

const ALL: Shape = Shape::Word(&[("all", "All that the definition has.")]);

static CALLS: Map = Map { what: "call", names: Names::Snake, defines: true, entry: Shape::Object(&CALL) };

/// A system call.
pub static CALL: Object = Object {
    what: "a call",
    doc: "A system call. It takes the inputs and returns an error number and, on success, the outputs.",
    keys: &[
        required("number", CALL_NUMBER, "The number that programs trap with. It never changes."),
        DOC,
        SINCE,
        DEPRECATED,
        required(
            "blocks",
            Shape::Boolean,
            "Whether a thread can wait in it for something that another thread, process or device does.",
        ),
        optional("noreturn", Shape::Boolean, "Whether it never returns to the program."),
        optional("inputs", Shape::ListOrEmpty(&Shape::Object(&PARAMETER)), "What is passed, in order."),
        optional("outputs", Shape::ListOrEmpty(&Shape::Object(&OUTPUT)), "What is returned, in order."),
        optional(
            "rights",
            Shape::ListOrEmpty(&Shape::Object(&RIGHTS_RULE)),
            "Rights that descriptors must carry. All rules whose condition holds apply.",
        ),
        optional("descriptors", Shape::Object(&DESCRIPTORS), "What happens to the program's descriptors."),
        optional("errors", Shape::Map(&ERRORS), "The errors that it may return, and what each means there."),
    ],
};

static PARAMETER: Object = Object {
    what: "an input",
    doc: "What is passed to a call.",
    keys: &[
        required("name", Shape::Name(Names::Snake), "Its name."),
        TYPE_EXPRESSION,
        optional(
            "access",
            Shape::Word(&[
                ("read", "The call reads the memory."),
                ("write", "The call writes the memory."),
                ("read_write", "The call reads and writes the memory."),
                ("address", "The call takes the address only."),
            ]),
            "How the call uses the memory that a pointer leads to. Needed for pointers.",
        ),
        optional(
            "length",
            Shape::Name(Names::Snake),
            "The input that counts the elements of a pointer's memory; bytes for `void` and `char`. Without it there is exactly one.",
        ),
        optional(
            "filled",
            Shape::Name(Names::Snake),
            "The output that says how many elements, from the first, hold something on success.",
        ),
        optional(
            "only_when",
            Shape::Expression(Language::Condition),
            "For a descriptor that the call looks at only under a condition: `not (flags has anon)`.",
        ),
        optional(
            "otherwise",
            Shape::Name(Names::Snake),
            "With `only_when`: the value that the descriptor must have if it is not looked at, or else the call fails with `inval`. Without it, anything.",
        ),
        optional(
            "undefined",
            Shape::Name(Names::SnakeOrDigit),
            "The error for an undefined value of an enumeration or undefined bits of a flag set. Without it, `inval`.",
        ),
        DOC,
    ],
};

static OUTPUT: Object = Object {
    what: "an output",
    doc: "What a call returns on success.",
    keys: &[required("name", Shape::Name(Names::Snake), "Its name."), TYPE_EXPRESSION, DOC],
};

static RIGHTS_RULE: Object = Object {
    what: "a rights rule",
    doc: "Says that a descriptor must carry rights.",
    keys: &[
        required("descriptor", PATH, "Where the descriptor is: `fd`, `dirfd.fd`, `in[].fd_readwrite.fd`."),
        required(
            "needs",
            Shape::Expression(Language::Rights),
            "What it must carry: `fd_read & fd_seek`, `fd_seek | fd_tell`; `&` binds tighter.",
        ),
        optional(
            "set",
            Shape::Word(&[
                ("base", "Rights for the descriptor itself."),
                ("inheriting", "Rights that descriptors made from it can inherit."),
            ]),
            "In which of the descriptor's two sets of rights they must be. Without it, `base`.",
        ),
        optional(
            "when",
            Shape::Expression(Language::Condition),
            "When the rule applies: `oflags has creat`, `whence != cur`, `… and …`, `… or …`, `not (…)`; `and` binds tighter.",
        ),
        optional("doc", Shape::Doc, "Why, where that is not plain."),
    ],
};

const PATH: Shape = Shape::Expression(Language::Path);

static DESCRIPTORS: Object = Object {
    what: "`descriptors`",
    doc: "What a call does to the program's descriptor table. Each entry is a path, as in rights rules.",
    keys: &[
        optional("consumes", Shape::List(&PATH), "Closed by the call when it succeeds."),
        optional(
            "creates",
            Shape::List(&PATH),
            "New ones: outputs, or places in memory that the call fills in.",
        ),
        optional("replaces", Shape::List(&PATH), "Kept as numbers, but made to refer to something else."),
        optional(
            "consumes_all_others",
            Shape::Boolean,
            "Whether all descriptors that no parameter names are closed.",
        ),
    ],
};

static ERRORS: Map = Map {
    what: "error",
    names: Names::SnakeOrDigit,
    defines: false,
    entry: Shape::Either(&[Shape::Doc, Shape::Object(&ERROR)]),
};

static ERROR: Object = Object {
    what: "an error",
    doc: "What an error means for a call.",
    keys: &[DOC, optional("unprovoked", Shape::Text, "Why no test provokes it.")],
};
