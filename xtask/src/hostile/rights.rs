//! Which rights the kernel holds: those for which an attack shows it.

use cloudabi_host::types::Rights;

use super::attacks;

/// A table in Markdown.
pub fn table() -> String {
    let attacks: Vec<_> = attacks::all().into_iter().map(|attack| attack.name).collect();
    let mut text = String::from("| right | held by | shown by |\n| --- | --- | --- |\n");
    for (name, _) in Rights::named() {
        let name = name.to_lowercase();
        let mark = format!(" ({name})");
        let shown: Vec<_> = attacks.iter().filter_map(|attack| attack.strip_suffix(&mark)).collect();
        let who = if shown.is_empty() { "the runtime alone" } else { "the kernel" };
        text += &format!("| `{name}` | {who} | {} |\n", shown.join("; "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_table() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../SECURITY.md");
        let page = std::fs::read_to_string(page).expect("the page can be read");
        assert!(page.contains(&table()), "`cargo xtask hostile --rights` prints what SECURITY.md has to say");
    }

    #[test]
    fn what_matters_most_is_held_by_the_kernel() {
        let table = table();
        for right in [
            "fd_read",
            "fd_write",
            "file_create_file",
            "file_create_directory",
            "file_unlink",
            "file_rename_source",
            "file_rename_target",
            "file_symlink",
            "file_readdir",
            "file_stat_fput_size",
            "mem_map_exec",
            "proc_exec",
        ] {
            assert!(table.contains(&format!("| `{right}` | the kernel |")), "{right}");
        }
        assert!(table.contains("| `fd_seek` | the runtime alone |"));
    }
}
