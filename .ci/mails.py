#!/usr/bin/env python3
"""Compares what mailclient understands of mails with Python's `email` (policy default): subject, senders, date, text,
names and bytes of attachments.

    cargo run -p mailclient --example mails -- FILE.. | .ci/mails.py FOLDER DIFFERENCES

The files are those below FOLDER. DIFFERENCES lists where they may differ, one line each: file, key, and who is right
with the reason. A difference that is not listed fails, and so does a listed one that is gone.
"""
import base64
import datetime
import email
import email.policy
import email.utils
import pathlib
import sys

HTML, ENCLOSED = object(), object()
KEYS = ("subject", "from", "date", "text", "attachments")


def squeeze(text):
    """Text without what both may write differently: white space."""
    return " ".join(text.split())


def plain(text):
    """What Python could not decode, it keeps as surrogates."""
    return text.encode("utf-8", "replace").decode()


def ours(lines):
    """The answers of mailclient by file."""
    answers, answer = {}, {}
    for line in lines:
        key, value = line.rstrip("\n").split("\t")
        value = base64.b64decode(value)
        if key == "file":
            answer = answers.setdefault(value.decode(), {"from": [], "attachments": [], "text": ""})
        elif key == "from-name":
            answer["from"].append(squeeze(value.decode()))
        elif key == "from-email":
            answer["from"][-1] = (answer["from"][-1], value.decode())
        elif key == "name":
            answer["attachments"].append(value.decode())
        elif key == "content":
            answer["attachments"][-1] = (squeeze(answer["attachments"][-1]), value)
        elif key == "date":
            answer["date"] = moment(value.decode())
        elif key in ("subject", "text"):
            answer[key] = squeeze(value.decode())
    return answers


def moment(text):
    """A date of RFC 3339 in UTC."""
    if not text:
        return ""
    try:
        date = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    return date.astimezone(datetime.timezone.utc).isoformat()


def attempt(function, failed):
    """Python raises on some damaged fields; such a field counts as absent."""
    try:
        return function()
    except Exception:  # whatever it raises
        return failed


def peer(raw):
    """The answers of Python."""
    message = email.message_from_bytes(raw, policy=email.policy.default.clone(refold_source="none"))
    texts, attachments = [], []
    walk(message, True, False, texts, attachments)
    return {
        "subject": squeeze(plain(attempt(lambda: str(message["subject"] or ""), ""))),
        "from": attempt(lambda: senders(message), []),
        "date": attempt(lambda: date(message), ""),
        "text": shown(texts),
        "attachments": attachments,
    }


def senders(message):
    field = message["from"]
    addresses = [] if field is None else field.addresses
    return [(squeeze(plain(one.display_name)), plain(one.addr_spec).strip("<>")) for one in addresses]


def date(message):
    parsed = email.utils.parsedate_tz(str(message["date"]))
    if parsed is None:
        return ""
    zone = datetime.timezone(datetime.timedelta(seconds=parsed[9] or 0))
    return datetime.datetime(*parsed[:6], tzinfo=zone).astimezone(datetime.timezone.utc).isoformat()


def shown(texts):
    """The plain texts. `None` if HTML is shown: no two programs make the same text of it."""
    if HTML in texts or texts and not any(text is not None for text in texts):
        return None
    return squeeze(plain("\n".join(text for text in texts if text is not None)))


def walk(part, is_root, is_alternative, texts, attachments):
    """Sorts the parts into texts and attachments by the rule that mailclient has."""
    kind = part.get_content_type()
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for child in part.iter_parts():
            walk(child, False, is_alternative or kind == "multipart/alternative", texts, attachments)
        return
    name = attempt(part.get_filename, "") or ""
    disposition = attempt(part.get_content_disposition, None)
    is_file = name and not is_root and not is_alternative
    if disposition in (None, "inline") and not is_file and kind in ("text/plain", "text/html"):
        if kind == "text/html":
            texts.append(None if is_alternative else HTML)
        else:
            charset = part.get_param("charset", "utf-8")
            payload = part.get_payload(decode=True)
            texts.append(attempt(lambda: payload.decode(charset, "replace"), payload.decode("latin-1")))
    else:
        attachments.append((squeeze(plain(name)), content(part)))


def content(part):
    # The library writes an enclosed message anew: only what was sent is compared.
    return ENCLOSED if part.is_multipart() else part.get_payload(decode=True) or b""


def same(key, one, other, raw):
    if key != "attachments":
        return other is None or one == other
    if [name for name, _ in one] != [name for name, _ in other]:
        return False
    # The library ends lines in LF.
    lines = lambda content: content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return all(
        ours in raw if theirs is ENCLOSED else lines(ours) == lines(theirs)
        for (_, ours), (_, theirs) in zip(one, other)
    )


def short(value):
    if isinstance(value, list):
        value = [(name, content if isinstance(content, str) else f"{len(content)} bytes" if content is not ENCLOSED else "a message") for name, content in value]
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."


def main():
    folder = pathlib.Path(sys.argv[1])
    listed = {}
    for line in pathlib.Path(sys.argv[2]).read_text().splitlines():
        if line and not line.startswith("#"):
            name, key, reason = line.split("\t")
            listed[name, key] = reason
    differences, answers = set(), ours(sys.stdin)
    for file, answer in answers.items():
        raw = pathlib.Path(file).read_bytes()
        theirs = peer(raw)
        name = str(pathlib.Path(file).relative_to(folder))
        for key in KEYS:
            if not same(key, answer.get(key, ""), theirs[key], raw):
                differences.add((name, key))
                if (name, key) not in listed:
                    print(f"{name} {key}\n  ours   {short(answer.get(key, ''))}\n  Python {short(theirs[key])}")
    read = {str(pathlib.Path(file).relative_to(folder)) for file in answers}
    gone = sorted(one for one in listed if one[0] in read and one not in differences)
    for name, key in gone:
        print(f"{name} {key}: is listed and does not differ")
    print(f"mails: {len(answers)} mails, {len(differences)} differences, {len(differences & listed.keys())} of them listed")
    sys.exit(1 if not answers or gone or differences - listed.keys() else 0)


main()
