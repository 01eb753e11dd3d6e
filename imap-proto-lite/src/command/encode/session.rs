//! ID, LOGIN, AUTHENTICATE and ENABLE: RFC 9051 sections 6.2 and 6.3.1, RFC 2971.

use base64::Engine as _;

use crate::{
    command::{IdParameter, encode::argument::not_empty},
    types::{AString, Atom, Secret},
    wire::put::{Put, SP, astring, check, many, nil_or, nstring, parens, secret, spaced, string},
};

/// RFC 2971: `"ID" SP id-params-list`. An empty list is NIL, since Exchange refuses `()`; section
/// 3.3 limits the number of fields.
pub(super) fn id(parameters: &[IdParameter<'_>]) -> impl Put {
    let fields = parameters
        .iter()
        .map(|one| (string(one.name().as_str()), SP, nstring(one.value().map(AString::as_str))));
    let list = (!parameters.is_empty()).then(|| parens(spaced(fields)));
    let few = check(parameters.len() <= 30, "parameters", "has more than 30 fields");
    (few, SP, nil_or(list))
}

/// ```abnf
/// login           = "LOGIN" SP userid SP password
/// ```
pub(super) fn login(user: &AString<'_>, password: &Secret<'_>) -> impl Put {
    (SP, secret, astring(user.as_str()), SP, astring(password.as_bytes()))
}

/// ```abnf
/// authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
/// ```
/// RFC 4959 section 3: an empty initial response is `=`, since nothing at all would mean that there
/// is none.
pub(super) fn authenticate(mechanism: &Atom<'_>, initial_response: Option<&[u8]>) -> impl Put {
    let initial_response = initial_response.map(|response| {
        let empty = response.is_empty().then_some("=");
        (SP, secret, empty, base64::engine::general_purpose::STANDARD.encode(response))
    });
    (SP, mechanism.as_str(), initial_response)
}

/// RFC 5161: `"ENABLE" 1*(SP capability)`
pub(super) fn enable(capabilities: &[Atom<'_>]) -> impl Put {
    let list = capabilities.iter().map(|capability| (SP, capability.as_str()));
    (not_empty(capabilities, "capabilities"), many(list))
}
