//! The completions, tried by the shells that they are for.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use clap_complete::Shell;
use cloudabi_test_support::{Tool, run, scratch, tool};

use super::files;

/// Lines as they are typed, and the words that the last word of each can become.
const LINES: [(&str, &[&str]); 6] = [
    ("cloudabi-run --sandb", &["--sandbox"]),
    ("cloudabi-run --fo", &["--foreign-directories"]),
    ("cloudabi-run --sandbox ", &["full", "landlock", "none"]),
    ("cloudabi-run --binfmt un", &["unregister"]),
    ("cloudabi-run --config serv", &["server.yaml"]),
    ("cloudabi-run --check prog", &["program"]),
];

/// Has a shell complete each of the lines in a folder with some files; `complete` gives the words for a line.
fn each_line_is_completed(shell: Shell, complete: impl Fn(&Path, &str) -> Vec<String>) {
    let folder = scratch();
    folder.write("_cloudabi-run", files::completions(shell));
    folder.write("server.yaml", "");
    folder.write("program", "");
    for (line, expected) in LINES {
        let mut words = complete(folder.path(), line);
        words.sort();
        assert_eq!(words, expected, "{shell}: {line}");
    }
}

fn shell(name: &str) -> Option<Tool> {
    tool(&[name], &format!("completions for {name}"))
}

/// Does what the shell does for a key: calls the function that the script has declared, and looks at what it has left. Where
/// that is nothing the shell has names of files, if the script has asked for them.
const BASH: &str = r#"
source ./_cloudabi-run
read -ra COMP_WORDS <<< "$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$1 COMP_POINT=${#1}
function=$(complete -p cloudabi-run | sed 's/.*-F \([^ ]*\).*/\1/')
"$function" cloudabi-run "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2> complaints
grep -v 'compopt: not currently executing completion function' complaints >&2
if [[ ${#COMPREPLY[@]} = 0 && $(complete -p cloudabi-run) == *' -o default '* ]]; then
    COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
fi
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
fn bash() {
    let Some(bash) = shell("bash") else { return };
    each_line_is_completed(Shell::Bash, |folder, line| {
        let mut command = bash.command();
        let captured =
            run(command.args(["--norc", "--noprofile", "-c", BASH, "bash", line]).current_dir(folder));
        assert_eq!(captured.stderr, "", "{line}");
        captured.stdout.lines().map(str::to_owned).collect()
    });
}

#[test]
fn fish() {
    let Some(fish) = shell("fish") else { return };
    each_line_is_completed(Shell::Fish, |folder, line| {
        let mut command = fish.command();
        command.args(["--no-config", "-c", "source ./_cloudabi-run; complete -C $argv[1]", line]);
        let captured = run(command.current_dir(folder).env("HOME", folder));
        assert_eq!(captured.stderr, "", "{line}");
        // What follows the tab says what the word means.
        let words = captured.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default());
        words.map(str::to_owned).collect()
    });
}

/// A session in a pseudo-terminal: the functions work only while a line is edited. `compadd` is how they say what there is;
/// what it is left with is written down instead.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty session zsh -f -i
zpty -w session 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u; PROMPT= RPROMPT='
zpty -w session 'compadd() { local -a found; builtin compadd -O found "$@"; print -rl -- $found >> words }'
zpty -w session 'show() { BUFFER=; print -r -- "completed" }; zle -N show; bindkey "^T" show; print -r -- rea""dy'
zpty -r -m session screen '*ready*' || exit 1
zpty -w -n session "$1"$'\t\x14'
zpty -r -m session screen '*completed*' || exit 1
cat words
"#;

#[test]
fn zsh() {
    let Some(zsh) = shell("zsh") else { return };
    each_line_is_completed(Shell::Zsh, |folder, line| {
        std::fs::write(folder.join("words"), "").expect("it is ours");
        let mut command = zsh.command();
        command.args(["-f", "-c", ZSH, "zsh", line]).current_dir(folder).stdin(Stdio::null());
        let captured = run(&mut command);
        assert_eq!(captured.stderr, "", "{line}");
        // Each is offered several times, and sometimes nothing is.
        let words = captured.stdout.lines().filter(|word| !word.is_empty()).map(str::to_owned);
        let words: BTreeSet<_> = words.collect();
        words.into_iter().collect()
    });
}
