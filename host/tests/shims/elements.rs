//! Rules about descriptors in memory: the functions that methods apply to each element.

use super::definition::{fulfils, model, number};
use cloudabi_codegen::model::{Condition, Operand, Segment, TypeRef};
use cloudabi_host::memory::Defined;
use cloudabi_host::syscalls::poll_in_needs;
use cloudabi_host::types::{
    Errno, Eventtype, Fd, Rights, Scope, Subrwflags, Subscription, SubscriptionCondvar,
    SubscriptionFdReadwrite, SubscriptionProcTerminate,
};

/// A subscription of this type, with a descriptor in the arm that goes with it.
fn subscription(kind: u8) -> Subscription {
    let fd = Fd(7);
    let base = Subscription::ZERO;
    let mut subscription = match Eventtype(kind) {
        Eventtype::PROC_TERMINATE => base.with_proc_terminate(SubscriptionProcTerminate { fd }),
        kind => base.with_fd_readwrite(kind, SubscriptionFdReadwrite { fd, ..SubscriptionFdReadwrite::ZERO }),
    };
    subscription.r#type = Eventtype(kind);
    subscription
}

#[test]
fn subscriptions_need_what_the_definition_says() {
    let call = model().call_named("poll").map(|id| model().call(id)).expect("there is poll");
    let mut with_descriptor = 0;
    for kind in 0..=255 {
        let subscription = subscription(kind);
        // The rules whose condition speaks of this type, and the arm that they look into.
        let rules: Vec<_> = call
            .rights
            .iter()
            .filter(|rule| match &rule.when {
                Some(Condition::Equals { path, value: Operand::Value(index) }) => {
                    number(&path.ty).expect("it is a number").values[*index].value == u64::from(kind)
                }
                other => panic!("this test does not know the condition {other:?}"),
            })
            .collect();
        let needs = poll_in_needs(&subscription);
        assert_eq!(needs.is_some(), !rules.is_empty(), "type {kind}");
        let Some((fd, needed)) = needs else { continue };
        assert_eq!(fd, Fd(7));
        with_descriptor += 1;
        for bit in (0..64).map(|shift| 1u64 << shift) {
            for carried in [bit, !bit, u64::MAX, 0] {
                let expected = rules.iter().all(|rule| fulfils(carried, &rule.needs));
                assert_eq!(
                    needed.satisfied_by(Rights(carried), Rights::empty()),
                    expected,
                    "type {kind}, rights {carried:#x}"
                );
            }
        }
    }
    assert_eq!(with_descriptor, 3);
    assert!(call.rights.iter().all(|rule| rule.descriptor.segments.contains(&Segment::Elements)));
}

#[test]
fn members_of_the_arm_in_use_must_be_defined_and_no_others() {
    let readwrite = |flags: u16| {
        Subscription::ZERO.with_fd_readwrite(
            Eventtype::FD_READ,
            SubscriptionFdReadwrite { fd: Fd(1), flags: Subrwflags(flags), ..SubscriptionFdReadwrite::ZERO },
        )
    };
    assert!(readwrite(0).is_defined());
    assert!(readwrite(1).is_defined());
    assert!(!readwrite(2).is_defined());
    // The same bytes as another arm, of which only the descriptor counts.
    let mut other = readwrite(2);
    other.r#type = Eventtype::PROC_TERMINATE;
    assert!(other.is_defined());
    other.r#type = Eventtype(0);
    assert!(!other.is_defined());
    let condvar = |scope: u8| {
        let scopes = (Scope::PRIVATE, Scope(scope));
        Subscription::ZERO.with_condvar(SubscriptionCondvar {
            condvar_scope: scopes.0,
            lock_scope: scopes.1,
            ..SubscriptionCondvar::ZERO
        })
    };
    assert!(condvar(8).is_defined());
    assert!(!condvar(0).is_defined());
}

#[test]
fn every_number_type_knows_which_of_its_values_are_defined() {
    // All values of the smaller types, held against the definition.
    let errno = model().errno().map(TypeRef::Named).expect("there is an errno");
    let defined = &number(&errno).expect("it is a number").values;
    for value in 0..=u16::MAX {
        let expected = defined.iter().any(|named| named.value == u64::from(value));
        assert_eq!(Defined::is_defined(&Errno(value)), expected, "{value}");
    }
}
