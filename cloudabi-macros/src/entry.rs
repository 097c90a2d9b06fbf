//! What the attribute `main` adds to a function.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// The function as it is, and after it the call of a macro that makes it the entry point.
pub fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    match (report(attribute), function_name(item.clone())) {
        (Ok(report), Ok(name)) => {
            let mut tokens = item;
            tokens.extend(entry(name, report));
            tokens
        }
        (Err(mistake), _) => with_error(item, mistake),
        (_, Err(mistake)) => with_error(TokenStream::new(), mistake),
    }
}

/// What is wrong, and where.
struct Mistake {
    message: &'static str,
    span: Span,
}

/// The key of the descriptor for messages: `report = "…"`, or nothing.
fn report(attribute: TokenStream) -> Result<Literal, Mistake> {
    let mistake = |span| Mistake { message: "expected nothing, or `report = \"key\"`", span };
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    match &tokens[..] {
        [] => Ok(Literal::string("stderr")),
        [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(key)]
            if name.to_string() == "report"
                && equals.as_char() == '='
                && key.to_string().starts_with('"') =>
        {
            Ok(key.clone())
        }
        [first, ..] => Err(mistake(first.span())),
    }
}

/// The name of the function that the item is.
fn function_name(item: TokenStream) -> Result<Ident, Mistake> {
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word.to_string() == "async" => {
                return Err(Mistake { message: "an entry point cannot be `async`", span: word.span() });
            }
            TokenTree::Ident(word) if word.to_string() == "fn" => match tokens.next() {
                Some(TokenTree::Ident(name)) => return Ok(name),
                _ => return Err(Mistake { message: "expected a function", span: word.span() }),
            },
            // Attributes, visibility and qualifiers come before.
            TokenTree::Ident(word)
                if !["pub", "unsafe", "extern", "const"].contains(&word.to_string().as_str()) =>
            {
                return Err(Mistake { message: "expected a function", span: word.span() });
            }
            _ => {}
        }
    }
    Err(Mistake { message: "expected a function", span: Span::call_site() })
}

fn punct(character: char, spacing: Spacing) -> TokenTree {
    Punct::new(character, spacing).into()
}

/// `::a::b`
fn path(segments: &[&str]) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    for segment in segments {
        tokens.push(punct(':', Spacing::Joint));
        tokens.push(punct(':', Spacing::Alone));
        tokens.push(Ident::new(segment, Span::call_site()).into());
    }
    tokens
}

/// `name!(arguments);`
fn call(name: Vec<TokenTree>, arguments: TokenStream) -> TokenStream {
    let mut tokens = name;
    tokens.push(punct('!', Spacing::Alone));
    tokens.push(Group::new(Delimiter::Parenthesis, arguments).into());
    tokens.push(punct(';', Spacing::Alone));
    tokens.into_iter().collect()
}

/// `::cloudabi::__entry!(name, report);`
fn entry(name: Ident, report: Literal) -> TokenStream {
    let arguments = [TokenTree::from(name), punct(',', Spacing::Alone), report.into()];
    call(path(&["cloudabi", "__entry"]), arguments.into_iter().collect())
}

/// The tokens, and an error at the place of the mistake.
fn with_error(mut tokens: TokenStream, mistake: Mistake) -> TokenStream {
    let message = TokenTree::from(Literal::string(mistake.message));
    let error = call(path(&["core", "compile_error"]), message.into());
    tokens.extend(error.into_iter().map(|mut token| {
        token.set_span(mistake.span);
        token
    }));
    tokens
}
