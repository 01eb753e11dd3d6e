//! libcurl as a library in this process. Only with the feature `libcurl`, and only if the linked
//! library speaks POP3.

use std::net::SocketAddr;

/// libcurl with one kept connection.
#[cfg(feature = "libcurl")]
#[derive(Debug)]
pub struct Libcurl {
    easy: curl::easy::Easy,
    /// The local port of its connection: a second connection would mean a login more than the
    /// others have.
    port: Option<u16>,
}

/// No libcurl that can be measured.
#[cfg(not(feature = "libcurl"))]
#[derive(Debug)]
pub struct Libcurl(std::convert::Infallible);

#[cfg(not(feature = "libcurl"))]
impl Libcurl {
    /// # Errors
    /// Always: the reason why it is not measured.
    pub fn new(_: SocketAddr) -> Result<Self, String> {
        Err("not measured: built without the feature `libcurl`".to_owned())
    }

    /// # Errors
    /// Cannot be called: `new` fails.
    pub fn retr(&mut self, _: impl FnMut(&[u8])) -> Result<u64, String> {
        match self.0 {}
    }
}

#[cfg(feature = "libcurl")]
impl Libcurl {
    /// Its version.
    #[must_use]
    pub fn version() -> String {
        format!("libcurl {}", curl::Version::get().version())
    }

    /// Connects with the first RETR.
    ///
    /// # Errors
    /// It does not speak POP3.
    pub fn new(address: SocketAddr) -> Result<Self, String> {
        // The copy that `curl-sys` compiles is built without POP3.
        if !curl::Version::get().protocols().any(|protocol| protocol == "pop3") {
            return Err(format!(
                "not measured: {} is linked, which is built without POP3; its development package was not there",
                Self::version()
            ));
        }
        let mut easy = curl::easy::Easy::new();
        let set = easy
            .url(&format!("pop3://{address}/1"))
            .and_then(|()| easy.username("ann"))
            .and_then(|()| easy.password("secret"))
            // As large as the reads of our client; its default is 16 KiB.
            .and_then(|()| easy.buffer_size(64 << 10));
        set.map_err(|error| error.to_string())?;
        Ok(Self { easy, port: None })
    }

    /// One RETR. `chunk` gets the bytes as they come. Returns their number.
    ///
    /// # Errors
    /// An error of libcurl, or a second connection.
    pub fn retr(&mut self, mut chunk: impl FnMut(&[u8])) -> Result<u64, String> {
        let mut octets = 0;
        let mut transfer = self.easy.transfer();
        transfer
            .write_function(|piece| {
                chunk(piece);
                octets += piece.len() as u64;
                Ok(piece.len())
            })
            .and_then(|()| transfer.perform())
            .map_err(|error| error.to_string())?;
        drop(transfer);
        let port = self.easy.local_port().map_err(|error| error.to_string())?;
        if *self.port.get_or_insert(port) == port {
            Ok(octets)
        } else {
            Err("it made a second connection".to_owned())
        }
    }
}
