//! The calls about descriptors themselves: `fd_close`, `fd_dup`, `fd_replace`, `fd_stat_get`, `fd_stat_put`, `fd_create1`.
