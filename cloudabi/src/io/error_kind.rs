//! Kinds of errors.

use core::fmt;

use cloudabi_sys::Errno;

/// Declares the kinds: what each is, in words, and which numbers of the host's belong to it.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $text:literal: $($errno:ident)*;)*) => {
        /// What kind of error it is.
        ///
        /// ```
        /// use cloudabi::io::ErrorKind;
        ///
        /// assert_eq!(ErrorKind::NotCapable.to_string(), "a right is missing, or the path leads out of the directory");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$meta])* $kind,)*
        }

        impl ErrorKind {
            pub(super) const fn of(errno: Errno) -> Self {
                match errno {
                    $($(Errno::$errno => ErrorKind::$kind,)*)*
                    _ => ErrorKind::Other,
                }
            }

            pub(super) const fn description(self) -> &'static str {
                match self {
                    $(ErrorKind::$kind => $text,)*
                }
            }
        }
    };
}

kinds! {
    /// There are too many arguments for a new program.
    ArgumentListTooLong = "the argument data is too long": _2BIG;
    /// What is asked for would have to wait, and the descriptor is not to.
    WouldBlock = "nothing can be done without waiting": AGAIN;
    /// There is something of this name already.
    AlreadyExists = "there is something of this name already": EXIST;
    /// The other end is closed.
    BrokenPipe = "the other end is closed": PIPE;
    /// A connection was gone before it was accepted.
    ConnectionAborted = "the connection was gone before it was accepted": CONNABORTED;
    /// The other end broke the connection off.
    ConnectionReset = "the other end broke the connection off": CONNRESET NETRESET;
    /// The device failed.
    DeviceFailed = "the device failed": IO;
    /// A thread or process would have to wait for itself.
    Deadlock = "it would have to wait for itself": DEADLK;
    /// A directory has entries and should have none.
    DirectoryNotEmpty = "the directory is not empty": NOTEMPTY;
    /// Something is in use.
    ResourceBusy = "it is in use": BUSY;
    /// A program that is being run cannot be written.
    ExecutableFileBusy = "a program that runs cannot be written": TXTBSY;
    /// The file would be too large.
    FileTooLarge = "the file would be too large": FBIG;
    /// The user's share of the file system is used up.
    QuotaExceeded = "the user's share of the file system is used up": DQUOT;
    /// A signal came in between. Trying again does no harm.
    Interrupted = "it was interrupted": INTR;
    /// Data is not what it should be.
    InvalidData = "the data is not well-formed": BADMSG ILSEQ;
    /// An argument is not what it should be.
    InvalidInput = "an argument is not what it should be": INVAL DOM RANGE FAULT OVERFLOW;
    /// A file name is not one that the host accepts.
    InvalidFilename = "the name is too long": NAMETOOLONG;
    /// Something is a directory and should not be.
    IsADirectory = "it is a directory": ISDIR;
    /// Something is no directory and should be one.
    NotADirectory = "it is not a directory": NOTDIR;
    /// The message is longer than the socket transports.
    MessageTooLong = "the message is too long": MSGSIZE;
    /// The socket is not connected.
    NotConnected = "it is not connected": NOTCONN DESTADDRREQ;
    /// A right is missing, or a path leads out of the directory that it starts from.
    NotCapable = "a right is missing, or the path leads out of the directory": NOTCAPABLE;
    /// There is nothing of this name.
    NotFound = "no such file or directory": NOENT;
    /// It has no position.
    NotSeekable = "it has no position": SPIPE;
    /// It is no socket.
    NotASocket = "it is not a socket": NOTSOCK;
    /// It is no program for this ABI.
    NotAProgram = "it is not a program for this system": NOEXEC;
    /// There is no descriptor of this number.
    NoSuchDescriptor = "there is no such descriptor": BADF;
    /// The host has no memory for it.
    OutOfMemory = "there is not enough memory": NOMEM NOBUFS;
    /// The host's permissions forbid it.
    PermissionDenied = "permission denied": ACCES PERM;
    /// The file system is not to be written.
    ReadOnlyFilesystem = "the file system is not to be written": ROFS;
    /// The device is full.
    StorageFull = "no space left": NOSPC;
    /// The time is over.
    TimedOut = "it took too long": TIMEDOUT;
    /// There are as many descriptors as there may be.
    TooManyDescriptors = "there are as many descriptors as there may be": MFILE NFILE;
    /// A file has as many names as it can have.
    TooManyLinks = "the file has as many names as it can have": MLINK;
    /// A path has too many symbolic links, or ends at one and should not.
    FilesystemLoop = "the path leads through too many symbolic links, or ends at one": LOOP;
    /// Two names are on different file systems.
    CrossesDevices = "the two are on different file systems": XDEV;
    /// The end came too early.
    UnexpectedEof = "the end came too early": ;
    /// The host does not do this.
    Unsupported = "the host does not do this": NOSYS NOTSUP NODEV NXIO;
    /// Nothing was written, and something should have been.
    WriteZero = "nothing more can be written": ;
    /// Something else.
    Other = "it failed": SUCCESS;
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}
