//! Model → files on disk, or a report of how they differ.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Failure, FileChange, unified_diff, write_file};
use crate::emit::{ALL, Emitter, OutputFile};
use crate::load::did_you_mean;
use crate::model::Model;
use crate::parallel;

/// Which products to make, and where.
pub struct Options<'a> {
    /// Names of products; empty means all.
    pub only: &'a [String],
    /// Folder that the products' own folders are in: the repository, or another.
    pub root: &'a Path,
}

/// What one product consists of.
pub struct Generated {
    /// The product.
    pub emitter: &'static dyn Emitter,
    /// Its files.
    pub files: Vec<GeneratedFile>,
}

/// A file of a product, and how what is on disk compares.
pub struct GeneratedFile {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// What it must hold.
    pub contents: String,
    /// What has to be done.
    pub change: FileChange,
}

/// Everything that has to be on disk, compared with what is there.
pub struct Plan {
    /// Products in order.
    pub products: Vec<Generated>,
    /// Files in the products' folders that no product owns, relative to the root.
    pub unowned: Vec<String>,
    root: PathBuf,
}

/// Makes the files of the given products, on as many threads as the machine has processors. The order of
/// the result is the order of the products.
pub fn emit_all(
    model: &Model,
    emitters: &[&'static dyn Emitter],
) -> Vec<(&'static dyn Emitter, Vec<OutputFile>)> {
    let files = parallel::map(emitters, |emitter| emitter.emit(model));
    emitters.iter().copied().zip(files).collect()
}

impl Plan {
    /// Makes the products and compares them with what is on disk. Writes nothing.
    pub fn new(model: &Model, options: &Options<'_>) -> Result<Plan, Failure> {
        let emitters = select(options.only)?;
        let products = parallel::map(&emitters, |emitter| {
            let compare = |file: OutputFile| {
                let path = format!("{}/{}", emitter.home(), file.path);
                let change = FileChange::of(&options.root.join(&path), &file.contents)?;
                Ok(GeneratedFile { path, contents: file.contents, change })
            };
            let files = emitter.emit(model).into_iter().map(compare).collect::<Result<_, _>>()?;
            Ok(Generated { emitter: *emitter, files })
        });
        let products = products.into_iter().collect::<Result<Vec<_>, Failure>>()?;
        let unowned = find_unowned(&products, options)?;
        Ok(Plan { products, unowned, root: options.root.to_path_buf() })
    }

    /// The files that are not as they should be.
    pub fn changed(&self) -> impl Iterator<Item = &GeneratedFile> {
        self.products.iter().flat_map(|p| &p.files).filter(|f| f.change != FileChange::Unchanged)
    }

    /// Writes the files that differ.
    pub fn write(&self) -> Result<(), Failure> {
        self.changed().try_for_each(|file| write_file(&self.root.join(&file.path), &file.contents))
    }

    /// What would change, as a unified diff.
    pub fn diff(&self) -> Result<String, Failure> {
        let mut text = String::new();
        for file in self.changed() {
            let path = self.root.join(&file.path);
            let old = match file.change {
                FileChange::Created => String::new(),
                _ => {
                    let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
                    String::from_utf8_lossy(&bytes).into_owned()
                }
            };
            text.push_str(&unified_diff(&file.path, &old, &file.contents));
        }
        Ok(text)
    }

    /// A table: products, files, lines, and what happened to them.
    pub fn table(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let mut total = (0, 0, 0);
        let _ = writeln!(text, "{:<16} {:>5} {:>7}  changed", "product", "files", "lines");
        for product in &self.products {
            let lines: usize = product.files.iter().map(|f| f.contents.lines().count()).sum();
            let changed = product.files.iter().filter(|f| f.change != FileChange::Unchanged).count();
            total = (total.0 + product.files.len(), total.1 + lines, total.2 + changed);
            let changed = if changed == 0 { "-".to_string() } else { changed.to_string() };
            let _ = writeln!(
                text,
                "{:<16} {:>5} {lines:>7}  {changed}",
                product.emitter.name(),
                product.files.len()
            );
        }
        let _ = writeln!(text, "{:<16} {:>5} {:>7}  {}", "total", total.0, total.1, total.2);
        text
    }
}

/// The products of these names, or all.
pub(super) fn select(only: &[String]) -> Result<Vec<&'static dyn Emitter>, Failure> {
    if only.is_empty() {
        return Ok(ALL.to_vec());
    }
    only.iter()
        .map(|name| {
            crate::emit::named(name).ok_or_else(|| {
                let known: Vec<_> = ALL.iter().map(|e| e.name()).collect();
                let advice = did_you_mean(name, known.iter().copied())
                    .unwrap_or_else(|| format!("the products are {}", known.join(", ")));
                Failure::Message(format!("there is no product named `{name}`; {advice}"))
            })
        })
        .collect()
}

/// Files in the folders of the products made, and in `generated/` if all are made, that nothing owns.
fn find_unowned(products: &[Generated], options: &Options<'_>) -> Result<Vec<String>, Failure> {
    let owned: BTreeSet<&str> = products.iter().flat_map(|p| &p.files).map(|f| f.path.as_str()).collect();
    let mut folders: BTreeSet<String> = products.iter().map(|p| p.emitter.home().to_string()).collect();
    if options.only.is_empty() {
        folders.insert("generated".to_string());
    }
    let mut unowned = BTreeSet::new();
    for folder in &folders {
        walk(options.root, folder, &mut |path| {
            if !owned.contains(path.as_str()) {
                unowned.insert(path);
            }
        })?;
    }
    Ok(unowned.into_iter().collect())
}

fn walk(root: &Path, folder: &str, visit: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let path = root.join(folder);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(Failure::file("read", &path)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(Failure::file("read", &path))?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        // The listing says what most entries are; only links have to be looked at.
        let kind = entry.file_type().map_err(Failure::file("read", &path))?;
        if kind.is_dir() || kind.is_symlink() && entry.path().is_dir() {
            walk(root, &name, visit)?;
        } else {
            visit(name);
        }
    }
    Ok(())
}
