//! ID, LOGIN, AUTHENTICATE, ENABLE and COMPRESS: RFC 9051 sections 6.2 and 6.3.1, RFC 2971, RFC
//! 4978.

use base64::Engine as _;

use crate::{
    command::{
        IdParameter,
        encode::{
            argument::not_empty,
            writer::{Writer, Written},
        },
    },
    types::{AString, Atom, Secret},
    wire::ArgumentError,
};

/// RFC 2971. An empty list is NIL, since Exchange refuses `()`; section 3.3 limits the number of
/// fields.
pub(super) fn id(writer: &mut Writer<'_>, parameters: &[IdParameter<'_>]) -> Written {
    if parameters.len() > 30 {
        return Err(ArgumentError::new("parameters", "has more than 30 fields"));
    }
    writer.sp();
    if parameters.is_empty() {
        writer.word("NIL");
        return Ok(());
    }
    writer.list(parameters, |writer, parameter| {
        writer.string(parameter.name().as_bytes());
        writer.sp();
        match parameter.value() {
            Some(value) => writer.string(value.as_bytes()),
            None => writer.word("NIL"),
        }
        Ok(())
    })
}

/// ```abnf
/// login           = "LOGIN" SP userid SP password
/// ```
pub(super) fn login(writer: &mut Writer<'_>, user: &AString<'_>, password: &Secret<'_>) -> Written {
    writer.sp();
    writer.secret();
    writer.astring(user.as_bytes());
    writer.sp();
    writer.astring(password.as_bytes());
    Ok(())
}

/// ```abnf
/// authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
/// ```
pub(super) fn authenticate(
    writer: &mut Writer<'_>,
    mechanism: &Atom<'_>,
    initial_response: Option<&[u8]>,
) -> Written {
    writer.sp();
    writer.word(mechanism.as_str());
    if let Some(response) = initial_response {
        writer.sp();
        writer.secret();
        if response.is_empty() {
            // RFC 4959 section 3: nothing at all would mean that there is no initial response.
            writer.word("=");
        } else {
            writer.word(&base64::engine::general_purpose::STANDARD.encode(response));
        }
    }
    Ok(())
}

/// RFC 5161: `"ENABLE" 1*(SP capability)`
pub(super) fn enable(writer: &mut Writer<'_>, capabilities: &[Atom<'_>]) -> Written {
    not_empty(capabilities.is_empty(), "capabilities")?;
    for capability in capabilities {
        writer.sp();
        writer.word(capability.as_str());
    }
    Ok(())
}

/// RFC 4978: `"COMPRESS" SP algorithm`
pub(super) fn compress(writer: &mut Writer<'_>) -> Written {
    writer.word(" DEFLATE");
    Ok(())
}
