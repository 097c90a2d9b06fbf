//! `cargo cloudabi new`

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use cargo_cloudabi::Error;

use super::shell;

/// What to make and where.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The folder of the package, which does not exist yet; its last part is the package's name
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The package's name, if it is not the folder's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Take the crate `cloudabi` from this checkout of its repository
    #[arg(long = "path", value_name = "CHECKOUT")]
    checkout: Option<PathBuf>,
    /// Take the crate `cloudabi` from the registry
    #[arg(long, conflicts_with = "checkout")]
    registry: bool,
    /// Version control: git, none
    #[arg(long, value_name = "VCS", value_parser = ["git", "none"], default_value = "git")]
    vcs: String,
    /// Nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

const AFTER_HELP: &str = "\
The crate `cloudabi` is taken from the checkout that is named with --path, else from the one that the current folder is in,
else from the one that this command was built from if it is still there, else from the registry.";

const MANIFEST: &str = include_str!("../../template/Cargo.toml.in");
const MAIN: &str = include_str!("../../template/main.rs.in");
const CONFIG: &str = include_str!("../../template/config.yaml.in");

/// Makes a package. Either all of it is there afterwards, or nothing.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let path = std::path::absolute(&arguments.path).map_err(file_error("find", &arguments.path))?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    check_name(&name)?;
    if path.symlink_metadata().is_ok() {
        return Err(Error::with_help(
            format!("{} is there already", arguments.path.display()),
            "choose another name, or add a program to a package that is there: see `cargo doc --package cloudabi --open`",
        ));
    }
    let (source, dependency) = dependency(arguments)?;

    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(file_error("make", parent))?;
    let folder = tempfile::Builder::new().prefix(".cargo-cloudabi-").tempdir_in(parent);
    let folder = folder.map_err(file_error("write into", parent))?;
    let write = |file: &str, template: &str| {
        let path = folder.path().join(file);
        let text = template.replace("{name}", &name).replace("{dependency}", &dependency);
        std::fs::write(&path, text).map_err(file_error("write", &path))
    };
    let sources = folder.path().join("src");
    std::fs::create_dir(&sources).map_err(file_error("make", &sources))?;
    write("Cargo.toml", MANIFEST)?;
    write("src/main.rs", MAIN)?;
    write(&format!("{name}.yaml"), CONFIG)?;
    write(".gitignore", "/target\n")?;
    // A temporary folder is closed to everybody else.
    open_to_all(folder.path()).map_err(file_error("change", folder.path()))?;
    std::fs::rename(folder.path(), &path).map_err(file_error("make", &path))?;
    // Its name is gone, and what it was is to stay.
    let _ = folder.keep();

    if arguments.vcs == "git" {
        start_version_control(&path);
    }
    if !arguments.quiet {
        shell::status(
            "Created",
            format_args!("CloudABI program `{name}`, with the crate `cloudabi` from {source}"),
        );
        shell::status("Next", format_args!("cd {} && cargo cloudabi run", arguments.path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |error| Error::File { action, path, error }
}

/// Whether Cargo takes a name for that of a package with a program.
fn check_name(name: &str) -> Result<(), Error> {
    let help = "a package's name has letters, digits, `-` and `_`, and begins with a letter; `--name NAME` gives one that \
                is not the folder's";
    let wrong =
        |why: &str| Err(Error::with_help(format!("`{name}` cannot be the name of a package: {why}"), help));
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match name.chars().next() {
        None => return wrong("it is empty"),
        Some(first) if !first.is_ascii_alphabetic() => return wrong(&format!("it begins with `{first}`")),
        _ => {}
    }
    if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        return wrong(&format!("there is `{other}` in it"));
    }
    // The words that Cargo refuses are those that a crate cannot be called, and the names of crates that are always
    // there or that folders of its own have.
    let taken = [
        "abstract",
        "alloc",
        "as",
        "async",
        "await",
        "become",
        "box",
        "break",
        "build",
        "cloudabi",
        "const",
        "continue",
        "core",
        "crate",
        "deps",
        "do",
        "dyn",
        "else",
        "enum",
        "examples",
        "extern",
        "false",
        "final",
        "fn",
        "for",
        "if",
        "impl",
        "in",
        "incremental",
        "let",
        "loop",
        "macro",
        "match",
        "mod",
        "move",
        "mut",
        "override",
        "priv",
        "proc-macro",
        "proc_macro",
        "pub",
        "ref",
        "return",
        "self",
        "serde",
        "static",
        "std",
        "struct",
        "super",
        "test",
        "trait",
        "true",
        "try",
        "type",
        "typeof",
        "unsafe",
        "unsized",
        "use",
        "virtual",
        "where",
        "while",
        "yield",
    ];
    if taken.contains(&name) { wrong("it means something else already") } else { Ok(()) }
}

/// Where the crate `cloudabi` comes from: in words, and as `Cargo.toml` has it.
fn dependency(arguments: &Arguments) -> Result<(String, String), Error> {
    let version = env!("CARGO_PKG_VERSION");
    let named = match &arguments.checkout {
        Some(checkout) if is_checkout(checkout) => Some(checkout.clone()),
        Some(other) => {
            return Err(Error::with_help(
                format!("{} is no checkout: it has no crate `cloudabi`", other.display()),
                "name the root folder of the repository",
            ));
        }
        None if arguments.registry => None,
        None => checkout_around_here().or_else(own_checkout),
    };
    let Some(checkout) = named else {
        return Ok((format!("the registry, version {version}"), format!("\"{version}\"")));
    };
    let folder = checkout.join("cloudabi");
    let folder = folder.canonicalize().map_err(file_error("find", &folder))?;
    // A string of JSON's is one of TOML's.
    let path = serde_json::Value::from(folder.to_string_lossy().into_owned());
    Ok((folder.display().to_string(), format!("{{ path = {path} }}")))
}

/// The checkout that the current folder is in.
fn checkout_around_here() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find(|folder| is_checkout(folder)).map(Path::to_owned)
}

/// The checkout that this command was built from, if it is still there.
pub fn own_checkout() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    is_checkout(checkout).then(|| checkout.to_owned())
}

/// Whether a folder is the root of the repository.
fn is_checkout(folder: &Path) -> bool {
    let name = |manifest: toml::Table| Some(manifest.get("package")?.get("name")?.as_str()? == "cloudabi");
    let manifest = std::fs::read_to_string(folder.join("cloudabi/Cargo.toml"));
    manifest.is_ok_and(|text| text.parse().ok().and_then(name) == Some(true))
}

/// Puts a package under version control, unless it is in a repository already. If that fails, it is not.
fn start_version_control(folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        git.status().is_ok_and(|status| status.success())
    };
    if !git(&["rev-parse", "--is-inside-work-tree"]) {
        git(&["init", "--quiet"]);
    }
}

#[cfg(unix)]
fn open_to_all(folder: &Path) -> std::io::Result<()> {
    // As the process's mask allows: the folder for sources was made with it.
    let permissions = std::fs::metadata(folder.join("src"))?.permissions();
    std::fs::set_permissions(folder, permissions)
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_cargo_takes() {
        for good in ["hello", "web-server", "a1_b"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "é", "a.b", "match", "test", "cloudabi"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
