//! Unwinding by the image's own tables, as a debugger or the runtime would.

use gimli::{BaseAddresses, CfaRule, EhFrame, LittleEndian, RegisterRule, UnwindContext, UnwindSection as _};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::isa::Isa;
use crate::machine::Machine;

/// The state of a stub's caller, as it must be found from any instruction of the stub.
pub struct Caller {
    /// Where the stub returns to.
    pub pc: u64,
    /// The stack pointer after the return.
    pub sp: u64,
    /// What each kept register holds.
    pub kept: Vec<(&'static str, u64)>,
}

/// The unwind tables of an image.
pub struct Tables {
    address: u64,
    contents: Vec<u8>,
    /// Rows that were looked up before: tables must be searched from their beginning.
    rows: RefCell<HashMap<u64, Rc<Row>>>,
}

/// How to unwind from one instruction.
struct Row {
    /// The register, and the offset from it, that give the stack pointer after the return.
    base: (u16, i64),
    /// The column of the return address.
    column: u16,
    /// Registers that were saved, and how far from the stack pointer after the return. All others hold what they
    /// held.
    saved: Vec<(u16, i64)>,
}

impl Tables {
    /// The tables with these contents at this address.
    pub fn new(address: u64, contents: Vec<u8>) -> Self {
        Tables { address, contents, rows: RefCell::default() }
    }

    /// The row for an address in the image.
    fn row(&self, isa: &Isa, pc: u64) -> Result<Rc<Row>, String> {
        if let Some(row) = self.rows.borrow().get(&pc) {
            return Ok(row.clone());
        }
        let problem = |error: gimli::Error| format!("unwind tables at {pc:#x}: {error}");
        let mut tables = EhFrame::new(&self.contents, LittleEndian);
        tables.set_address_size(isa.word as u8);
        let bases = BaseAddresses::default().set_eh_frame(self.address);
        let mut context = UnwindContext::new();
        let entry = tables.fde_for_address(&bases, pc, EhFrame::cie_from_offset).map_err(problem)?;
        let found = entry.unwind_info_for_address(&tables, &bases, &mut context, pc).map_err(problem)?;
        let CfaRule::RegisterAndOffset { register, offset } = found.cfa() else {
            return Err("the frame's base is an expression".to_string());
        };
        let mut saved = Vec::new();
        for (register, rule) in found.registers() {
            match rule {
                RegisterRule::Undefined | RegisterRule::SameValue => {}
                RegisterRule::Offset(offset) => saved.push((register.0, *offset)),
                other => return Err(format!("unexpected rule {other:?}")),
            }
        }
        let column = entry.cie().return_address_register().0;
        let row = Rc::new(Row { base: (register.0, *offset), column, saved });
        self.rows.borrow_mut().insert(pc, row.clone());
        Ok(row)
    }

    /// Unwinds one frame from `pc` and the machine's registers, and compares with the caller. `pc` is an address
    /// in the image, relative to its beginning.
    pub fn check(&self, machine: &Machine, pc: u64, caller: &Caller) -> Result<(), String> {
        let isa = machine.isa;
        let row = self.row(isa, pc)?;
        let get = |number: u16| match isa.registers.iter().find(|register| register.dwarf == number) {
            Some(register) => Ok(machine.get(register.name)),
            None => Err(format!("unwinding at {pc:#x} asks for register {number}")),
        };
        let frame = get(row.base.0)?.wrapping_add_signed(row.base.1);
        if frame != caller.sp {
            return Err(format!("unwinding at {pc:#x} gives sp {frame:#x}, not {:#x}", caller.sp));
        }
        let recover = |number: u16| {
            let Some((_, offset)) = row.saved.iter().find(|(saved, _)| *saved == number) else {
                return get(number);
            };
            // What is below the stack pointer may be overwritten at any time. (While the stub is on another stack,
            // its own frame is no longer there.)
            let (place, sp) = (frame.wrapping_add_signed(*offset), machine.get(isa.sp));
            if place < sp && sp <= caller.sp {
                return Err(format!("unwinding at {pc:#x} reads {place:#x}, below the stack pointer"));
            }
            machine.read_word(place)
        };
        if row.column != isa.dwarf_return {
            return Err(format!("the return address is in column {}, not {}", row.column, isa.dwarf_return));
        }
        let found = recover(row.column)?;
        if found != caller.pc {
            return Err(format!("unwinding at {pc:#x} gives pc {found:#x}, not {:#x}", caller.pc));
        }
        // The link register is the return address itself.
        for (name, value) in caller.kept.iter().filter(|(name, _)| isa.link != Some(name)) {
            let found = recover(isa.register(name).dwarf)?;
            if found != *value {
                return Err(format!("unwinding at {pc:#x} gives {name} {found:#x}, not {value:#x}"));
            }
        }
        Ok(())
    }
}
