//! [`AnyStream`]: the transport of a connection.

use tokio::io::{AsyncRead, AsyncWrite};

/// The transport of a connection: a TCP stream, TLS over one, a proxy's tunnel, an in-memory pipe.
pub trait AnyStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> AnyStream for T {}

pub(crate) type BoxStream = Box<dyn AnyStream>;
