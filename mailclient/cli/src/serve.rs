//! `mail serve`: the test server on ports of this machine, for mail programs and for tests in any
//! language.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, builder::PossibleValuesParser};
use mail_testserver::{Limits, Persona, Scheme, TestServer};
use serde_json::{Map, Value, json};

use crate::Failure;

/// The users of a server that was given no others.
const USERS: [&str; 2] = ["alice", "bob"];

/// How long a client may be silent (RFC 9051 section 5.4).
const SILENCE: Duration = Duration::from_secs(30 * 60);

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Offer IMAP on this port; without it on a free one
    #[arg(long, value_name = "PORT")]
    imap: Option<u16>,
    /// Offer POP3 on this port; without it on a free one
    #[arg(long, value_name = "PORT")]
    pop3: Option<u16>,
    /// Be like this server
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(Persona::names()),
        default_value = "everything"
    )]
    persona: String,
    /// Do not encrypt on these two ports, for programs that cannot be given a root certificate
    #[arg(long)]
    clear: bool,
    /// Write the root certificate to this file, for programs to trust (`--ca FILE` of `mail ls`)
    #[arg(long, value_name = "FILE")]
    write_ca: Option<PathBuf>,
    /// Print what a program needs to connect as one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the server until Ctrl-C.
pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let (imap, pop3) = options.schemes();
    let persona = Persona::named(&options.persona).unwrap_or_default();
    // Here time is real: a client that is gone does not stay for ever.
    let mut limits = Limits::default();
    limits.silence = Some(SILENCE);
    limits.handshake = Some(HANDSHAKE);
    let server = TestServer::builder()
        .persona(persona)
        .limits(limits)
        .port(imap, options.imap.unwrap_or(0))
        .port(pop3, options.pop3.unwrap_or(0))
        .start()
        .await?;
    if let Some(file) = &options.write_ca {
        std::fs::write(file, server.root_pem())
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    options.tell(&server);
    // Ctrl-C ends the process, and nothing has to be put away.
    std::future::pending().await
}

impl Options {
    /// The schemes of the two chosen ports.
    const fn schemes(&self) -> (Scheme, Scheme) {
        if self.clear { (Scheme::Imap, Scheme::Pop3) } else { (Scheme::Imaps, Scheme::Pop3s) }
    }

    fn tell(&self, server: &TestServer) {
        let (imap, pop3) = self.schemes();
        // The chosen ports first.
        let mut schemes = vec![imap, pop3];
        schemes.extend(Scheme::TLS.into_iter().filter(|scheme| ![imap, pop3].contains(scheme)));
        if self.json {
            say!("{}", document(server, &schemes));
        } else {
            self.explain(server, &schemes);
        }
        // A reader that waits for these lines gets them now.
        let _ = io::stdout().flush();
    }

    fn explain(&self, server: &TestServer, schemes: &[Scheme]) {
        say!("A test server runs on this machine until Ctrl-C. All of its mail is in memory.\n");
        for scheme in schemes {
            say!("  {}", server.url(*scheme, "alice"));
        }
        say!("");
        for user in USERS {
            let (password, token) = (server.password(user), server.token(user));
            say!("  user {user:<8} password {password:<12} OAuth token {token}");
        }
        say!("");
        if let Some(file) = &self.write_ca {
            say!("The root certificate is in {}:", file.display());
            let url = server.url(Scheme::Imaps, "alice");
            say!(
                "  MAIL_PASSWORD={} mail ls --ca {} {url}",
                server.password("alice"),
                file.display()
            );
        } else {
            say!("A program that connects with TLS has to trust the root of its certificate:");
            say!("  --write-ca FILE writes it to a file.");
        }
    }
}

fn document(server: &TestServer, schemes: &[Scheme]) -> Value {
    let urls: Map<String, Value> = schemes
        .iter()
        .map(|scheme| (scheme.to_string(), server.url(*scheme, "alice").into()))
        .collect();
    let users: Vec<Value> = USERS
        .iter()
        .map(|user| {
            json!({ "name": user, "password": server.password(user), "token": server.token(user) })
        })
        .collect();
    json!({ "urls": urls, "users": users, "root_pem": server.root_pem() })
}
