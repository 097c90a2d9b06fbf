//! What to do about a text that is no YAML: the parser says what it did not expect, and people need to know why.

/// Advice for what the parser said, where there is any. `before` is the text before the place, on whose last lines the
/// mistake may be.
pub fn advice(said: &str, before: &str) -> Option<String> {
    let says = |part: &str| said.contains(part);
    let advice = if says("mapping values are not allowed") || says("illegal placement of ':'") {
        // In the line itself, a colon ended a text; at its beginning, the key on the line above has none.
        let line = before.rsplit('\n').next().unwrap_or_default();
        if line.contains(": ") {
            "text that contains `: ` needs quotes, or stands in a block after `|`"
        } else {
            "is the `:` after the key on the line above missing?"
        }
    } else if says("tab") {
        "indent with spaces"
    } else if says("trailing content after") {
        "text that begins with a quote ends at the next one; a quote within it is written `\\\"`"
    } else if says("quoted scalar") {
        "is the closing quote missing?"
    } else if says("flow") || says("misplaced bracket") {
        "is a `,` or a closing bracket missing? Inside brackets, text with a comma or a bracket needs quotes"
    } else if says("did not find expected key") {
        "text that begins with `[`, `{` or a quote ends where that does: put the whole text into quotes"
    } else if says("unexpected character") {
        "text that begins with this character needs quotes"
    } else if says("unknown anchor") {
        "text that begins with `*` needs quotes"
    } else if says("an anchor or alias") {
        "text that begins with `&` or `*` needs quotes"
    } else if says("expected '-' indicator") {
        "every item of a list begins with `-`, and in a map none does"
    } else if says("simple key expect") {
        "is the `:` after a key missing?"
    } else {
        return None;
    };
    Some(advice.to_string())
}
