//! Sockets of others.

use super::*;

/// The address of a Unix socket with a path; its size is 110.
const PATH: &str = "set 0 1\ntext 2 \"{root}/outside/NAME\"\n";
/// The address of a Unix socket with an abstract name; its size is `{abstract.length}`.
const ABSTRACT: &str = "set 0 1\ntext 3 \"{abstract}NAME\"\n";
/// The address of the TCP socket that listens outside; its size is 16.
const TCP: &str = "set 0 {tcp}\nset 8 0\n";
/// A message of five bytes to that address.
const MESSAGE: &str =
    "text 400 \"hello\"\nset 300 @400\nset 308 5\nset 200 @0\nset 208 SIZE\nset 216 @300\nset 224 1\n";
const PAIR: &str = "a = socketpair AF_UNIX SOCK_DGRAM 0 @500\nload4 b 500\n";

fn reached(scene: &Scene, _: &Outcome) -> bool {
    scene.was_reached()
}

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    // Where Landlock has no scopes, the world has a network of its own.
    let scopes = landlock_from(SCOPES, &[]);
    let network: &[Layer] = if scopes.is_empty() { &[WORLD] } else { &[] };
    let tcp = landlock_from(NETWORK, &[SECCOMP]);
    let first_message = landlock_from(FIRST_MESSAGES, &[SECCOMP]);
    let kinds = [
        ("a path", PATH, "110", vec![WORLD]),
        ("an abstract name", ABSTRACT, "{abstract.length}", [network, &scopes].concat()),
    ];
    for (name, address, size, held_by) in kinds {
        let message = MESSAGE.replace("SIZE", size);
        let datagrams = address.replace("NAME", if address == PATH { "datagrams" } else { "d" });
        let stream = address.replace("NAME", if address == PATH { "stream" } else { "s" });
        let also = [&held_by[..], &[SECCOMP]].concat();
        all.push(attack(
            format!("send a message to a socket with {name}"),
            NOTHING,
            format!("{datagrams}{message}{PAIR}c = sendmsg $b @200 0"),
            &held_by,
            reached,
        ));
        all.push(attack(
            format!("send a datagram to a socket with {name}"),
            NOTHING,
            format!("{datagrams}{message}{PAIR}c = sendto $b @400 5 0 @0 {size}"),
            &also,
            reached,
        ));
        all.push(attack(
            format!("connect to a socket with {name}"),
            NOTHING,
            format!("{stream}b = socket AF_UNIX SOCK_STREAM 0\nc = connect $b @0 {size}"),
            &also,
            reached,
        ));
    }
    all.push(attack(
        "connect to a TCP port",
        NOTHING,
        format!("{TCP}b = socket AF_INET SOCK_STREAM 0\nc = connect $b @0 16"),
        &[network, &tcp].concat(),
        reached,
    ));
    all.push(attack(
        "listen on a TCP port",
        NOTHING,
        "set 0 2\nset 8 0\nb = socket AF_INET SOCK_STREAM 0\nc = bind $b @0 16\nshow c",
        &tcp,
        succeeded('c'),
    ));
    all.push(
        attack(
            "connect a granted TCP socket",
            "socket: !fd 40\n",
            format!("{TCP}c = connect sock0 @0 16"),
            &tcp,
            reached,
        )
        .with(Extra::TcpSocket),
    );
    all.push(
        attack(
            "connect a granted TCP socket by its first message",
            "socket: !fd 40\n",
            format!("{TCP}{}c = sendmsg sock0 @200 MSG_FASTOPEN", MESSAGE.replace("SIZE", "16")),
            &first_message,
            reached,
        )
        .with(Extra::TcpSocket),
    );
    all.push(
        attack(
            "connect a granted TCP socket by its first bytes",
            "socket: !fd 40\n",
            format!("{TCP}c = sendto sock0 @400 5 MSG_FASTOPEN @0 16"),
            &first_message,
            reached,
        )
        .with(Extra::TcpSocket),
    );
    for (name, family, kind) in [
        ("make a UDP socket", "AF_INET", "SOCK_DGRAM"),
        ("make a socket to the kernel", "AF_NETLINK", "SOCK_RAW"),
        ("make a pair of sockets of another family", "40", "SOCK_STREAM"),
    ] {
        let script = format!("a = socket {family} {kind} 0\nshow a");
        let none = family == "40" && !std::path::Path::new("/dev/vsock").exists();
        all.push(
            attack(name, NOTHING, script, &[SECCOMP], succeeded('a'))
                .impossible_if(none, "there is no such family here"),
        );
    }
    // A directory from somebody who is not held in, taken by a raw call.
    let receive = "set 300 @400\nset 308 5\nset 216 @300\nset 224 1\nset 232 @600\nset 240 64\n\
                   a = recvmsg sock0 @200 0\nload4 b 616\n";
    let received = |name: &str, script: &str, judge: fn(&Scene, &Outcome) -> bool| {
        attack(
            format!("in a directory that was received, {name}"),
            "stream: !fd 40\n",
            format!("{receive}{script}"),
            &[LANDLOCK],
            judge,
        )
        .with(Extra::SentDirectory)
    };
    all.push(received(
        "read a file",
        "c = openat $b \"secret\" O_RDONLY\nd = read $c @0 100\nprint 0 $d",
        leaks,
    ));
    all.push(received(
        "write to a file",
        "c = openat $b \"victim\" O_WRONLY\nd = write $c @200 4",
        |scene, _| scene.text("outside/victim") != "as it was",
    ));
    all.push(received("unlink a file", "c = unlinkat $b \"victim\" 0", |scene, _| {
        scene.text("outside/victim").is_empty()
    }));
    all.push(received("make a file", "c = openat $b \"made\" O_RDWR|O_CREAT 420", |scene, _| {
        crate::hostile::scene::exists(scene.path("outside/made"))
    }));
    all.push(received(
        "walk up and read",
        "c = openat $b \"../../../../../../etc/passwd\" O_RDONLY\nd = read $c @0 100\nprint 0 $d",
        |_, outcome| outcome.stdout.contains("root:"),
    ));
    all
}
