//! The names that folders with a purpose have.

use std::collections::HashMap;

use crate::folder::{Folder, Role, RoleSource};

/// Gives the roles that the server gave to no folder, to at most one folder each: by the table of
/// the provider, then by the names that mail programs and providers use.
pub(crate) fn assign_by_name(folders: &mut [Folder], provider: &[(&str, Role)]) {
    let told: Vec<Role> = folders.iter().filter_map(|folder| folder.role).collect();
    let mut best: HashMap<Role, (RoleSource, usize, usize)> = HashMap::new();
    for (place, folder) in folders.iter().enumerate() {
        if folder.role.is_some() || !folder.selectable {
            continue;
        }
        let full = folder.name.as_str();
        let by_provider = provider
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(full))
            .and_then(|rank| Some((provider.get(rank)?.1, RoleSource::Provider, rank)));
        let found = by_provider.or_else(|| {
            let (role, rank) = by_name(folder)?;
            Some((role, RoleSource::Name, rank))
        });
        if let Some((role, source, rank)) = found.filter(|(role, ..)| !told.contains(role)) {
            let best = best.entry(role).or_insert((source, rank, place));
            *best = (*best).min((source, rank, place));
        }
    }
    for (role, (source, _, place)) in best {
        if let Some(folder) = folders.get_mut(place) {
            (folder.role, folder.role_source) = (Some(role), Some(source));
        }
    }
}

/// The role that a name means, and how usual that name is. Only names at the top, below INBOX, or
/// below the `[Gmail]` of Google count: `Customers/2019/Archive` is a folder as any other.
fn by_name(folder: &Folder) -> Option<(Role, usize)> {
    let is_high =
        folder.parent().is_none_or(|above| above.is_inbox() || above.as_str().starts_with('['));
    let leaf = folder.leaf().trim().to_lowercase();
    NAMES.iter().filter(|_| is_high).find_map(|(role, names)| {
        let rank = names.lines().position(|line| line.split(", ").any(|name| name == leaf))?;
        Some((*role, rank))
    })
}

/// The names in small letters, the most usual line first. Sources: the folders that Exchange and
/// Outlook, iCloud, Yahoo, Gmail, Thunderbird, Dovecot's examples, QQ and NetEase make, in the
/// languages of their users.
const NAMES: &[(Role, &str)] = &[
    (
        Role::Sent,
        "\
sent items, sent messages, sent mail
sent, sent-mail, sent_mail
gesendete elemente, gesendete objekte, gesendete nachrichten, gesendet
éléments envoyés, messages envoyés, courrier envoyé, envoyés
elementos enviados, mensajes enviados, correo enviado, enviados
posta inviata, messaggi inviati, elementi inviati, inviati, inviata
itens enviados, mensagens enviadas, e-mails enviados, enviadas
verzonden items, verzonden berichten, verzonden
skickat, skickade objekt, skickade meddelanden
sendt post, sendte elementer, sendt, sendte objekter, sendte meldinger, sendte
lähetetyt, lähetetyt kohteet, lähetetyt viestit
elementy wysłane, wysłane, wysłane wiadomości
odeslaná pošta, odeslané, odoslaná pošta, odoslané
elküldött elemek, elküldött üzenetek, elküldött
elemente trimise, trimise, mesaje trimise
gönderilmiş öğeler, gönderilmiş postalar, gönderilenler
απεσταλμένα, στοιχεία που έχουν σταλεί
отправленные, отправленные элементы, надіслані, надіслані елементи
已发送, 已发送邮件, 已傳送, 寄件備份, 寄件匣, 已发邮件, 已傳送郵件
送信済みアイテム, 送信済みメール, 送信済み, 送信済メール
보낸 편지함, 보낸편지함, 보낸 메일함, 보낸메일함
פריטים שנשלחו, דואר יוצא, العناصر المرسلة, المرسلة",
    ),
    (
        Role::Drafts,
        "\
drafts
draft
entwürfe, entwurf
brouillons, brouillon
borradores, borrador
bozze, bozza
rascunhos, rascunho
concepten, concept
utkast, kladder, kladde
luonnokset
wersje robocze, robocze, kopie robocze
koncepty, rozepsané, piszkozatok
schițe, ciorne, taslaklar, taslak
πρόχειρα
черновики, чернетки
草稿, 草稿箱, 草稿匣, 草稿夹
下書き
임시 보관함, 임시보관함
טיוטות, المسودات, مسودات",
    ),
    (
        Role::Trash,
        "\
deleted items, deleted messages
trash, deleted, bin, rubbish
gelöschte elemente, gelöschte objekte, gelöschte nachrichten, papierkorb, gelöscht
éléments supprimés, messages supprimés, corbeille, supprimés
elementos eliminados, mensajes eliminados, papelera, eliminados
posta eliminata, elementi eliminati, messaggi eliminati, cestino, eliminati
itens excluídos, itens eliminados, mensagens excluídas, lixeira, mensagens eliminadas, reciclagem
verwijderde items, verwijderde berichten, prullenbak, prullenmand
borttaget, borttagna objekt, papperskorgen, papperskorg
slettet post, slettede elementer, slettede meldinger, papirkurv, søppel, slettet
poistetut, poistetut kohteet, roskakori
elementy usunięte, kosz, usunięte
odstraněná pošta, koš, kôš, odstránené položky
törölt elemek, kuka, lomtár
elemente șterse, coș de gunoi, silinmiş öğeler, çöp kutusu, çöp
διαγραμμένα, κάδος απορριμμάτων, κάδος
удаленные, удалённые, корзина, удаленные элементы, видалені, кошик
已删除, 已删除邮件, 已刪除, 刪除的郵件, 垃圾桶, 废件箱, 已刪除的郵件
削除済みアイテム, ごみ箱, ゴミ箱
지운 편지함, 지운편지함, 휴지통
פריטים שנמחקו, אשפה, العناصر المحذوفة, سلة المهملات",
    ),
    (
        Role::Junk,
        "\
junk email, junk e-mail
junk, spam, bulk mail, bulk, junk mail
junk-e-mail, spamverdacht, werbung, spam-verdacht
courrier indésirable, pourriel, indésirables
correo no deseado, correo basura
posta indesiderata
lixo eletrônico, lixo eletrónico, e-mail de lixo, lixo electrónico
ongewenste e-mail, ongewenste reclame, reclame
skräppost, skräp
uønsket e-mail, uønsket post, søppelpost
roskaposti, roskapostit
wiadomości-śmieci, niechciane, śmieci
nevyžádaná pošta, nevyžiadaná pošta, levélszemét
mesaje nedorite, gereksiz e-posta, istenmeyen
ανεπιθύμητη αλληλογραφία, ανεπιθύμητα
спам, нежелательная почта, небажана пошта
垃圾邮件, 垃圾郵件, 广告邮件
迷惑メール
정크 메일, 스팸함, 스팸메일함, 스팸
דואר זבל, البريد الإلكتروني غير الهام, بريد مزعج",
    ),
    (
        Role::Archive,
        "\
archive
archives
archiv
archivo, archivos, archivados
archivio, archiviati
arquivo, arquivo morto, arquivados
archief
arkiv
arkisto
archiwum
archív, archivum, archívum
arhivă, arhiva, arşiv, arşivle
αρχειοθήκη
архив, архів
存档, 归档, 封存, 封存檔, 保存
アーカイブ
보관, 보관함, 보관 편지함
ארכיון, أرشيف, الأرشيف",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderName;

    /// The roles of folders with these names, in that order.
    fn roles(names: &[&str], provider: &[(&str, Role)]) -> Vec<Option<(Role, RoleSource)>> {
        let named = |name: &&str| {
            let mut folder = Folder::new(FolderName::new(name).unwrap());
            folder.delimiter = Some('/');
            folder
        };
        let mut folders: Vec<Folder> = names.iter().map(named).collect();
        assign_by_name(&mut folders, provider);
        folders.iter().map(|folder| folder.role.zip(folder.role_source)).collect()
    }

    #[test]
    fn every_name_means_one_role() {
        let mut seen = HashMap::new();
        for (role, names) in NAMES {
            for name in names.lines().flat_map(|line| line.split(", ")) {
                assert_eq!(name.trim().to_lowercase(), name, "it would never be found");
                assert_eq!(seen.insert(name, role), None, "{name}");
            }
        }
    }

    #[test]
    fn names_are_known_in_the_languages_of_the_providers() {
        for (name, role) in [
            ("Sent", Role::Sent),
            ("Gesendete Elemente", Role::Sent),
            ("Éléments envoyés", Role::Sent),
            ("Itens Enviados", Role::Sent),
            ("送信済みアイテム", Role::Sent),
            ("INBOX/Concepten", Role::Drafts),
            ("Utkast", Role::Drafts),
            ("[Gmail]/Papelera", Role::Trash),
            ("Kosz", Role::Trash),
            ("Søppelpost", Role::Junk),
            ("СПАМ", Role::Junk),
            ("스팸", Role::Junk),
            ("已删除邮件", Role::Trash),
            ("Archivio", Role::Archive),
        ] {
            assert_eq!(roles(&[name], &[]), [Some((role, RoleSource::Name))], "{name}");
        }
        for name in ["Customers/Archive", "Sent to Ann", "Archive 2019", "Work"] {
            assert_eq!(roles(&[name], &[]), [None], "{name}");
        }
    }

    #[test]
    fn a_role_is_given_once_and_the_surest_name_wins() {
        let exchange = [("Sent Items", Role::Sent), ("Deleted Items", Role::Trash)];
        assert_eq!(
            roles(&["Gesendet", "Sent", "Sent Items", "Trash"], &exchange),
            [
                None,
                None,
                Some((Role::Sent, RoleSource::Provider)),
                Some((Role::Trash, RoleSource::Name))
            ]
        );
        assert_eq!(roles(&["Gesendet", "Sent"], &[]), [None, Some((Role::Sent, RoleSource::Name))]);
    }

    #[test]
    fn the_server_is_believed_first() {
        let mut told = Folder::new(FolderName::new("Elsewhere").unwrap());
        (told.role, told.role_source) = (Some(Role::Sent), Some(RoleSource::Server));
        let mut folders = [Folder::new(FolderName::new("Sent").unwrap()), told];
        assign_by_name(&mut folders, &[("Sent", Role::Sent)]);
        assert_eq!(folders[0].role, None);
    }
}
