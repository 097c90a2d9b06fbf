//! The headers in a kernel, where the C library's headers do not exist.

use crate::compilers::{Compiler, all, some};
use crate::headers::inclusions;
use crate::product::{Product, definition, includes};
use std::path::PathBuf;

/// What a kernel's own headers define that the generated ones need.
const KERNEL_TYPES: &str = "#pragma once
typedef __INT8_TYPE__ int8_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __INT16_TYPE__ int16_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __SIZE_TYPE__ size_t;
";

/// Stand-ins for Linux's headers, with the byte order that `byteorder` is.
pub fn linux_stand_ins(product: &Product, byteorder: &str) -> PathBuf {
    let below = format!("kernel-{byteorder}");
    let order = format!("#pragma once\n#define __{}_ENDIAN 1\n", byteorder.to_uppercase());
    product.folder.write(format!("{below}/linux/types.h"), KERNEL_TYPES);
    product.folder.write(format!("{below}/asm/byteorder.h"), order);
    product.folder.path().join(below)
}

/// A compiler for a Linux kernel's files.
fn for_linux(compiler: &Compiler, stand_ins: PathBuf, product: &Product) -> Compiler {
    compiler.with(["-nostdinc", "-U__linux__", "-D__linux__=1", "-D__KERNEL__"]).including([
        product.linux_folder(),
        product.c_folder(),
        stand_ins,
    ])
}

#[test]
fn headers_compile_in_a_freebsd_kernel() {
    let product = Product::of(&definition());
    product.folder.write("kernel/sys/types.h", KERNEL_TYPES);
    let source = product.folder.write("freebsd.source", includes(&product.c));
    for compiler in all("headers_compile_in_a_freebsd_kernel") {
        let compiler = compiler.with(["-nostdinc", "-U__linux__", "-D__FreeBSD__=13", "-D_KERNEL"]);
        compiler.including([product.c_folder(), product.folder.path().join("kernel")]).check(&source);
    }
}

#[test]
fn headers_compile_in_a_linux_kernel() {
    let product = Product::of(&definition());
    let stand_ins = linux_stand_ins(&product, "little");
    let source = product.folder.write("linux.source", includes(&product.c));
    for compiler in all("headers_compile_in_a_linux_kernel") {
        let folders = [product.c_folder(), stand_ins.clone()];
        compiler
            .with(["-nostdinc", "-U__linux__", "-D__linux__=1", "-D__KERNEL__"])
            .including(folders)
            .check(&source);
    }
}

/// Both tables may be in one file, in any order and for either byte order, in kernels of either word size.
#[test]
fn linux_files_compile() {
    let product = Product::of(&definition());
    assert_eq!(product.linux.len(), 5);
    for byteorder in ["little", "big"] {
        let stand_ins = linux_stand_ins(&product, byteorder);
        let together = product.folder.write("together.source", includes(&product.linux));
        for compiler in all("linux_files_compile") {
            for_linux(&compiler, stand_ins.clone(), &product).check(&together);
        }
    }
    let stand_ins = linux_stand_ins(&product, "little");
    for compiler in some("linux_files_compile") {
        let compiler = for_linux(&compiler, stand_ins.clone(), &product);
        for (name, source) in inclusions(&product.linux) {
            compiler.check(&product.folder.write(format!("{name}.source"), source));
        }
    }
}
