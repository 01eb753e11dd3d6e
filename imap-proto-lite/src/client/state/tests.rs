use super::*;

#[test]
fn a_pending_change_of_the_transport_stops_the_session() {
    let mut session = Session::after_tls();
    session.answered(CommandKind::StartTls, Status::No, false);
    assert!(session.is_open());
    session.answered(CommandKind::Login, Status::Ok, false);
    session.answered(CommandKind::Select, Status::Ok, false);
    assert!(!session.compressed(), "not agreed on");
    session.answered(CommandKind::Compress, Status::Ok, false);
    assert_eq!(session.state(), State::Compressing);
    assert!(!session.is_open() && !session.may_transmit() && !session.accepts_commands());
    assert!(session.compressed() && session.is_open());
    assert_eq!(session.state(), State::Selected);
}
