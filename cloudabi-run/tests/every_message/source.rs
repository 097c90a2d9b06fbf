//! Sentences in source files: string literals with several words, in what is no test.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    /// The text, with places for values as `format!` has them.
    pub text: String,
    /// In which line it begins.
    pub line: usize,
    /// The function or macro that gets it as its first argument, or the variable or field that has it as its value, if one does:
    /// `cannot` of `cannot("read")`.
    pub taken_by: Option<String>,
}

/// Attributes whose texts people read.
const READ: &str = "error";

/// Macros and functions whose texts nobody reads: they say what a mistake in the program would be.
const UNREAD: [&str; 8] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "expect",
    "expect_err",
    "unreachable",
];

/// All sentences of a source file.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("this is no Rust: {error}"));
    let mut found = Vec::new();
    walk(tokens, None, &mut found);
    found
}

fn walk(tokens: TokenStream, taken_by: Option<&str>, found: &mut Vec<Sentence>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut word: Option<String> = None;
    // The word before a `=` or a `:` that was the last thing.
    let mut variable: Option<String> = None;
    let mut first = true;
    // Whether what follows is there for tests only.
    let mut of_tests = false;
    // How many angle brackets behind a path are open, and whether the last thing was the end of a path.
    let (mut generic, mut after_path) = (0, false);
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Punct(bang)) = tokens.peek()
                    && bang.as_char() == '!'
                {
                    tokens.next();
                }
                if let Some(TokenTree::Group(attribute)) = tokens.peek()
                    && attribute.delimiter() == Delimiter::Bracket
                {
                    let attribute = attribute.clone();
                    tokens.next();
                    of_tests |= attribute.stream().to_string().replace(' ', "").starts_with("cfg(test)");
                    of_attribute(&attribute, found);
                }
                continue;
            }
            TokenTree::Group(group) => {
                // What belongs to tests ends with its first block.
                let skipped = of_tests && group.delimiter() == Delimiter::Brace;
                of_tests &= !skipped;
                let called = group.delimiter() == Delimiter::Parenthesis;
                let name = word.take().filter(|_| called);
                let unread = name.as_deref().is_some_and(|name| UNREAD.contains(&name));
                if !skipped && !unread {
                    walk(group.stream(), name.as_deref(), found);
                }
            }
            TokenTree::Ident(ident) => {
                variable = None;
                // What stands in angle brackets says of what kind the function before them is.
                if generic == 0 {
                    word = Some(ident.to_string());
                }
            }
            TokenTree::Punct(punct) => {
                of_tests &= punct.as_char() != ';';
                match punct.as_char() {
                    '!' => {}
                    '<' if after_path => generic += 1,
                    '>' if generic > 0 => generic -= 1,
                    ':' | '=' if generic == 0 => variable = variable.take().or(word.clone()),
                    _ if generic > 0 => {}
                    _ => (word, variable) = (None, None),
                }
                after_path = punct.as_char() == ':';
            }
            TokenTree::Literal(literal) => {
                word = None;
                let variable = variable.take();
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    && !of_tests
                    && is_sentence(&text.value())
                {
                    found.push(Sentence {
                        text: text.value(),
                        line: literal.span().start().line,
                        taken_by: variable.or(taken_by.filter(|_| first).map(str::to_owned)),
                    });
                }
            }
        }
        first = false;
    }
}

fn of_attribute(attribute: &Group, found: &mut Vec<Sentence>) {
    let mut tokens = attribute.stream().into_iter();
    if let Some(TokenTree::Ident(name)) = tokens.next()
        && name == READ
    {
        walk(tokens.collect(), None, found);
    }
}

/// Whether a text has several words.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &str| {
        word.len() > 1 && word.chars().filter(|c| c.is_ascii_alphabetic()).count() * 2 > word.len()
    };
    text.split_whitespace().filter(|word| is_word(word)).count() > 1
}

#[test]
fn sentences_are_found() {
    let text = r##"
        //! No message at all.
        #[error("cannot be {this}: {0}")]
        #[doc = "not this one"]
        fn f(a: &str) -> Result<(), String> {
            let help = "what to do".to_owned();
            cannot("read the file")?;
            let doing = "write the file";
            cannot::<Errno>("close the file")?;
            g.expect("it is there, they say");
            at(1, format!("the {} is `{}`", a, r#"so "to say""#));
            "oneword" + "x-y 1"
        }
        #[cfg(test)]
        use super::*;
        const SENTENCE: &str = "after a test";
        #[cfg(test)]
        mod tests {
            fn g() -> &str { "in a test" }
        }
    "##;
    let found = sentences(text);
    let texts: Vec<&str> = found.iter().map(|sentence| sentence.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "cannot be {this}: {0}",
            "what to do",
            "read the file",
            "write the file",
            "close the file",
            "the {} is `{}`",
            "so \"to say\"",
            "after a test"
        ]
    );
    let taken_by: Vec<_> = found.iter().filter_map(|sentence| sentence.taken_by.as_deref()).collect();
    assert_eq!(taken_by, ["help", "cannot", "doing", "cannot", "format", "str"]);
    assert_eq!(found[1].line, 6);
}
