//! What the generated types can do.

use cloudabi_sys::{
    Auxtype, Auxv, AuxvPayload, Clockid, Errno, Event, EventFdReadwrite, EventPayload, Eventrwflags,
    Eventtype, Fd, Fdstat, Filetype, Oflags, Plain, Rights, Signal, Subscription, SubscriptionClock,
    SubscriptionPayload,
};

#[test]
fn numbers_print_their_names() {
    assert_eq!(format!("{} {:?}", Errno::BADF, Errno::BADF), "badf Errno::BADF");
    assert_eq!(format!("{} {:?}", Errno(999), Errno(999)), "999 Errno(999)");
    assert_eq!(Errno::_2BIG.name(), Some("2big"));
    assert_eq!(Errno(999).message(), "");
    assert!(!Errno::NOENT.message().is_empty());
    assert!(Signal::KILL.is_defined() && !Signal(0).is_defined());
    // Two names for one number: the first one is printed.
    assert_eq!(Fd::PROCESS_CHILD, Fd::MAP_ANON_FD);
    assert_eq!(format!("{:?} {:?}", Fd::MAP_ANON_FD, Fd(3)), "Fd::PROCESS_CHILD Fd(3)");
}

#[test]
fn flags_keep_bits_without_a_name() {
    const BOTH: Oflags = Oflags::CREAT.union(Oflags::EXCL);
    assert_eq!(Oflags::CREAT | Oflags::EXCL, BOTH);
    assert_eq!(format!("{BOTH} {BOTH:?}"), "creat|excl Oflags(CREAT | EXCL)");
    assert_eq!(format!("{} {:?}", Oflags::empty(), Oflags::empty()), "0 Oflags(0)");

    let odd = Oflags::from_bits_retain(0x8001);
    assert_eq!(format!("{odd} {odd:?}"), "creat|0x8000 Oflags(CREAT | 0x8000)");
    assert_eq!(odd.bits(), 0x8001);
    assert!(!odd.is_defined() && Oflags::all().is_defined());
    assert!(odd.contains(Oflags::CREAT) && !odd.contains(BOTH) && odd.intersects(BOTH));
    assert_eq!(odd - Oflags::CREAT, Oflags(0x8000));
    assert_eq!(odd & BOTH, Oflags::CREAT);
    assert_eq!(odd ^ BOTH, Oflags(0x8004));
    assert_eq!(!!odd, odd);
    assert!((!Rights::all() & Rights::FD_READ).is_empty());
    assert_eq!(Rights::named()[1], ("fd_read", Rights::FD_READ));
}

#[test]
fn a_variant_is_read_by_its_tag() {
    let content = EventFdReadwrite { nbytes: 5, flags: Eventrwflags::HANGUP, ..EventFdReadwrite::ZERO };
    let event = Event { userdata: 9, ..Event::ZERO }.with_fd_readwrite(Eventtype::FD_WRITE, content);
    assert_eq!((event.userdata, event.r#type), (9, Eventtype::FD_WRITE));
    let EventPayload::FdReadwrite(read) = event.payload() else { panic!("{event:?}") };
    assert_eq!(read, content);

    let with_tag = |r#type| Event { r#type, ..event }.payload();
    assert!(matches!(with_tag(Eventtype::CLOCK), EventPayload::Empty));
    assert!(matches!(with_tag(Eventtype(200)), EventPayload::Unknown));
    // Another tag reads the same bytes otherwise, and they are bytes whatever the tag.
    assert!(matches!(with_tag(Eventtype::PROC_TERMINATE), EventPayload::ProcTerminate(_)));

    let size = Auxv { a_type: Auxtype::PAGESZ, ..Auxv::ZERO };
    assert!(matches!(size.payload(), AuxvPayload::AVal(0)));
}

#[test]
fn every_byte_of_a_structure_can_be_seen() {
    let clock = SubscriptionClock { clock_id: Clockid::REALTIME, timeout: 3, ..SubscriptionClock::ZERO };
    let subscription = Subscription::ZERO.with_clock(clock);
    let bytes = subscription.as_bytes();
    assert_eq!(bytes.len(), 56);
    assert_eq!((bytes[10], bytes[24], bytes[32]), (1, 3, 3));
    assert_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 3);

    let SubscriptionPayload::Clock(read) = subscription.payload() else { panic!("{subscription:?}") };
    assert_eq!(read, clock);
}

#[test]
fn structures_print_without_their_padding() {
    let stat =
        Fdstat { fs_filetype: Filetype::DIRECTORY, fs_rights_base: Rights::FILE_OPEN, ..Fdstat::default() };
    let text = format!("{stat:?}");
    assert!(
        text.contains("fs_filetype: Filetype::DIRECTORY") && text.contains("Rights(FILE_OPEN)"),
        "{text}"
    );
    assert!(!text.contains("padding"), "{text}");
}
