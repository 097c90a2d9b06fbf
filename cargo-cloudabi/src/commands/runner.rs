//! Finding `cloudabi-run`, which starts programs.

use std::env;
use std::path::{Path, PathBuf};

use cargo_cloudabi::Error;

/// The command that starts programs.
pub fn find() -> Result<PathBuf, Error> {
    if let Some(path) = env::var_os("CLOUDABI_RUN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match path.is_file() {
            true => Ok(path),
            false => Err(Error::new(format!(
                "the variable CLOUDABI_RUN names {}, and there is no such file",
                path.display()
            ))),
        };
    }
    let places = places();
    places.iter().find(|place| place.is_file()).cloned().ok_or_else(|| {
        let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        Error::with_help(
            "there is no `cloudabi-run`, which starts programs",
            format!(
                "build it with `cargo xtask build` in a checkout of its repository, and put it in a folder that is in \
                 PATH,\nor say where it is with the variable CLOUDABI_RUN; it is not one of\n{}",
                looked.join("\n")
            ),
        )
    })
}

/// Where it could be, in this order: beside this command, in `PATH`, and where the repository that this command was
/// built from builds it.
fn places() -> Vec<PathBuf> {
    let name = format!("cloudabi-run{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = beside.into_iter().chain(env::split_paths(&path)).collect();
    if let Some(checkout) = super::new::own_checkout() {
        folders.extend(["release", "debug"].map(|profile| checkout.join("target").join(profile)));
    }
    folders.iter().map(|folder| folder.join(&name)).collect()
}
