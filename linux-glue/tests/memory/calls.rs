//! What the five `mem_*` calls do and which errors they give.
