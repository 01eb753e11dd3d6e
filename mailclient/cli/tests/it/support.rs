//! Runs the program, and a `mail serve` that the other commands connect to.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// The program with these arguments, without a terminal and without a secret.
pub(crate) fn mail(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mail"));
    command.args(arguments).stdin(Stdio::null());
    command.env_remove("MAIL_PASSWORD").env_remove("MAIL_TOKEN");
    Run(command)
}

/// A run of the program that has not begun yet.
pub(crate) struct Run(Command);

impl Run {
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.0.env(variable, value);
        self
    }

    /// Prints to this instead of a pipe that the test reads.
    pub(crate) fn to(mut self, out: impl Into<Stdio>) -> Self {
        self.0.stdout(out);
        self
    }

    /// What it complains of, which must hold `reason`; it must end with this code.
    pub(crate) fn ends(mut self, code: i32, reason: &str) -> String {
        let Output { status, stderr, .. } = self.0.output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(said.contains(reason), "{said}");
        said
    }

    /// What it prints; it must succeed.
    pub(crate) fn succeeds(mut self) -> String {
        let Output { status, stdout, stderr } = self.0.output().unwrap();
        assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// What it complains of; it must fail.
    pub(crate) fn fails(mut self) -> String {
        let Output { status, stdout, stderr } = self.0.output().unwrap();
        assert_eq!(status.code(), Some(1), "{}", String::from_utf8_lossy(&stdout));
        String::from_utf8(stderr).unwrap()
    }
}

/// A running `mail serve`; dropping it ends it.
pub(crate) struct Served {
    child: Child,
    folder: tempfile::TempDir,
    /// What `--json` printed.
    pub(crate) told: Value,
}

impl Served {
    /// Starts `mail serve` with these arguments on free ports.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = mail(&["serve", "--json", "--write-ca"]).0;
        command.arg(folder.path().join("root.pem")).args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, folder, told: serde_json::from_str(&line).unwrap() }
    }

    /// The address of alice's account.
    pub(crate) fn url(&self, scheme: &str) -> &str {
        self.told["urls"][scheme].as_str().unwrap_or_else(|| panic!("no {scheme}: {}", self.told))
    }

    /// The port of a scheme.
    pub(crate) fn port(&self, scheme: &str) -> u16 {
        self.url(scheme).rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// A new file in a folder that goes with the server.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on alice's account.
    pub(crate) fn mail(&self, command: &str, scheme: &str, arguments: &[&str]) -> Run {
        let root = self.file("root.pem");
        let root = root.to_str().unwrap();
        let mut all = vec![command, "--ca", root, self.url(scheme)];
        all.extend(arguments);
        mail(&all).with("MAIL_PASSWORD", "wonderland")
    }

    /// Whether the process still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line that a server sends on a port of this machine.
pub(crate) fn greeting(port: u16) -> String {
    let stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut line = String::new();
    BufReader::new(stream.take(1000)).read_line(&mut line).unwrap();
    line
}
