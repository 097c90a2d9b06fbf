//! What conversions of every form give. Run by the test of the same purpose with the generated modules.

use mini_host::types::{Kind, Marks, None_};
use modules::{freebsd, linux};

#[test]
fn enumerations() {
    assert_eq!(linux::kind_to_host(Kind::BOTH), Ok(libc::K_ROUND | libc::K_LONG));
    assert_eq!(linux::kind_to_host(Kind::NOTHING), Ok(0));
    assert_eq!(linux::kind_to_host(Kind::GHOST).unwrap_err().reason, "nobody has seen one");
    assert_eq!(linux::kind_to_host(Kind(77)).unwrap_err().value, 77);
    assert_eq!(linux::kind_from_host(libc::K_FRUIT), [Kind::APPLE, Kind::PEAR]);
    assert_eq!(linux::kind_from_host(libc::K_LONG | libc::K_ROUND), [Kind::BOTH]);
    assert_eq!(linux::kind_from_host(libc::K_ROUND), [Kind::NOTHING], "the default");
    assert_eq!(linux::kind_from_host(libc::K_OLD), [Kind::APPLE]);
    assert_eq!(linux::type_from_host(libc::T_PEAR), Some(Kind::PEAR));
    assert_eq!(linux::type_from_host(0), None);
    assert_eq!(freebsd::KIND_UNSUPPORTED, "This host has no kinds.");
}

#[test]
fn flags() {
    let (red, blue) = (libc::RED as u64, libc::BLUE as u64);
    assert_eq!(linux::marks_to_host(Marks(3)), Ok(red | blue));
    assert_eq!(linux::marks_to_host(Marks(9)).unwrap_err().value, 8, "the flag in the way");
    assert_eq!(linux::marks_to_host(Marks(16)).unwrap_err().value, 16);
    assert_eq!(linux::marks_from_host(red), Marks::RED);
    assert_eq!(linux::marks_from_host(red | blue), Marks::BLUE, "it covers the other one");
    assert_eq!(linux::marks_from_host(blue), Marks(0), "only a part of its bits");
    let (one, two) = (libc::ONE as u64, libc::TWO as u64);
    assert_eq!(linux::single_to_host(Marks::BLUE), Ok([None, Some(one), Some(two)]));
    assert_eq!(linux::quiet_to_host(Marks(0)), Ok(linux::constants::MARK_LOUD));
    assert_eq!(linux::quiet_to_host(Marks::RED), Ok(0));
    assert_eq!(linux::quiet_to_host(Marks::LOUD), Ok(linux::constants::MARK_LOUD));
    assert_eq!(linux::none_to_host(None_(0)), Ok(0));
    assert_eq!(freebsd::marks_from_host(u64::MAX), Marks(3));
}

#[test]
fn lists() {
    assert_eq!(linux::calls::CALLS.len(), 2);
    assert_eq!(linux::calls::RUNTIME[0].name, "futex");
    assert!(linux::calls::ALL.iter().any(|call| call.name == "openat2"));
}
