//! In which order the recorded exchanges were made, and what happened between them unrecorded:
//! worked out from the exchanges themselves (digests, lists, the `acl.cfg` that some carry).

use pbs_sim::{Account, Settings, Token, User, World};

/// The passwords that the recording shows or hides.
pub(crate) const PASSWORDS: [(&str, &str); 5] = [
    ("admin@pbs", "Admin-hidden-1"),
    ("misc@pbs", "Misc-hidden-1"),
    ("lowpriv@pbs", "Fact-Passw0rd!"),
    ("pwadm@pbs", "Pw-fact-1234!adm"),
    ("pw@pbs", "Pw-fact-1234!y"),
];

/// The secret of `root@pam!tfroot`, which the recording hides.
pub(crate) const ROOT_TOKEN_SECRET: &str = "3f6d1a52-7a0e-4c0e-9d55-0c8a5b1e7f11";

/// Recorded exchanges that are not compared, and why.
pub(crate) const LEFT_OUT: [(&str, &str); 1] =
    [("00-basics/gzip-deflate", "the simulator never compresses its answers")];

pub(crate) enum Step {
    /// Recorded exchanges of a folder, in the order in which they were made.
    Replay(&'static str, &'static str),
    /// What was changed without being recorded.
    Meanwhile(fn(&mut World)),
    /// The clock of the recorded server, in seconds since 1970, as its tickets tell it.
    Clock(u64),
    /// So many seconds pass.
    Pass(u64),
    /// The recorded digest that the access control list has now.
    AclDigest(&'static str),
}
use Step::{AclDigest, Clock, Meanwhile, Pass, Replay};

/// The recorded server at the beginning.
pub(crate) fn settings() -> Settings {
    Settings {
        users: vec![Account::from(PASSWORDS[0])],
        datastores: vec!["pbs-store".into()],
        admin_token: Some(format!("root@pam!tfroot:{ROOT_TOKEN_SECRET}")),
        ..Settings::default()
    }
}

pub(crate) const SCRIPT: &[Step] = &[
    Clock(0x6B04AC23),
    Meanwhile(|world| {
        world.set_comment("root@pam!tfroot", Some("root-equivalent test token"));
        world.put_acl("/", "admin@pbs", "Admin", true);
    }),
    Replay("00-basics", BASICS),
    Replay("10-ticket", TICKET),
    Pass(12),
    Replay("10-ticket", "renew-with-ticket-as-password"),
    Meanwhile(|world| assert!(world.delete_token("admin@pbs!viaticket"))),
    Replay("20-user", USER),
    Replay("30-token", TOKEN),
    Replay("31-token-update", TOKEN_UPDATE),
    Replay(
        "32-token-delete",
        "\
        wrong-digest digest-in-form-body ok use-after-delete missing missing-user \
        own-token-with-itself-setup",
    ),
    Meanwhile(|world| {
        let token = world.token_mut("fact@pbs!selfdel").expect("it was just made");
        token.secret = "d02bb233-e126-476c-8fe8-b7a9dcc7da73".into();
    }),
    Replay("32-token-delete", "unprivileged-token-deletes-itself"),
    Meanwhile(|world| assert!(world.delete_token("fact@pbs!selfdel"))),
    Replay("33-token-names", TOKEN_NAMES),
    Meanwhile(|world| {
        let lengths: Vec<usize> =
            world.left_behind().iter().map(|id| id.len() - "fact@pbs!".len()).collect();
        assert_eq!(lengths, [56, 64, 65, 200, 1000], "names too long leave a secret behind");
    }),
    Replay("34-token-comments", TOKEN_COMMENTS),
    Clock(0x6B04AE0B),
    Meanwhile(|world| add_user(world, PASSWORDS[1])),
    Replay("35-token-misc", TOKEN_MISC),
    Meanwhile(|world| add_token(world, "fact@pbs!t1", "8f3dfef5-cf35-4aea-bc53-da82d765dc46")),
    Replay("40-acl", ACL_ADDING),
    Meanwhile(|world| world.put_acl("/datastore/pbs-store", "fact@pbs", "DatastoreAdmin", false)),
    Replay("40-acl", ACL_MANY),
    Replay("40-acl", ACL_REFUSED),
    Replay("40-acl", "path-namespace"),
    Meanwhile(|world| {
        let path = "/datastore/pbs-store/ns1/ns2";
        assert!(world.delete_acl(path, "fact@pbs!t1", "DatastoreReader"));
    }),
    Replay("40-acl", "path-nonexistent-datastore"),
    Meanwhile(|world| {
        assert!(world.delete_acl("/datastore/doesnotexist", "fact@pbs", "Audit"));
    }),
    AclDigest("ce4df6eaccee85292552ba77f8b81ce4ce37056a1004f626558a91fc3729153d"),
    Replay(
        "40-acl",
        "\
        right-digest stale-digest digest-is-of-whole-file root-pam-user-entry",
    ),
    Replay("40-acl", ACL_FORMS),
    Clock(0x6B04AC6B),
    Meanwhile(|world| {
        only_admins(world);
        add_user(world, PASSWORDS[2]);
        add_token(world, "lowpriv@pbs!lt", "2734ad5a-4c9c-4c8a-934f-01f15354fdab");
    }),
    Replay(
        "50-permissions",
        "\
        token-no-acl-own token-no-acl-asked-by-root root-token-all unknown-authid \
        malformed-authid lowpriv-asks-about-other token-asks-about-its-user",
    ),
    Meanwhile(|world| world.put_acl(STORE, "fact@pbs!t1", "DatastoreAdmin", true)),
    Replay("50-permissions", "token-has-acl-user-has-not"),
    Pass(6),
    Replay("50-permissions", "token-has-acl-user-has-not-6s"),
    Meanwhile(|world| world.put_acl(STORE, "fact@pbs", "DatastoreReader", true)),
    Replay(
        "50-permissions",
        "\
        user-reader token-admin-user-reader token-admin-user-reader-path",
    ),
    Meanwhile(|world| world.put_acl(STORE, "fact@pbs", "DatastoreReader", false)),
    Replay("50-permissions", "token-admin-user-reader-nopropagate"),
    Meanwhile(|world| {
        world.delete_acl(STORE, "fact@pbs", "DatastoreReader");
        world.put_acl("/", "fact@pbs", "Admin", true);
    }),
    Replay(
        "50-permissions",
        "\
        token-admin-user-Admin-root path-below path-unrelated path-invalid",
    ),
    Clock(0x6B04AC6B),
    Replay("60-authz", AUTHZ),
    Meanwhile(|world| {
        world.user_mut("lowpriv@pbs").expect("it is there").enable = Some(false);
    }),
    Replay(
        "60-authz",
        "\
        disabled-user-login disabled-user-ticket disabled-user-token",
    ),
    Meanwhile(|world| {
        only_admins(world);
        world.add_token("fact@pbs!t2");
        world.put_acl("/", "fact@pbs!t1", "Audit", true);
        world.put_acl("/datastore", "fact@pbs!t2", "Audit", true);
        world.put_acl(STORE, "fact@pbs", "DatastoreAdmin", true);
        world.put_acl(STORE, "fact@pbs!t1", "DatastoreAdmin", true);
    }),
    Replay(
        "70-cascade",
        "\
        before delete-token-t1 acl-after-token-delete recreate-token-t1 delete-user \
        token-after-user-delete acl-after-user-delete recreate-user perms-of-recreated-user \
        remove-orphan-entry delete-missing-user",
    ),
    Clock(0x6B04B901),
    Meanwhile(|world| {
        add_user(world, PASSWORDS[3]);
        world.put_acl("/", "pwadm@pbs", "Admin", true);
    }),
    Replay(
        "90-password",
        "\
        create-user-with-password-by-token create-user-password-too-short \
        create-pam-user-with-password change-by-token change-by-token-with-confirmation \
        change-other-by-login-without-confirmation change-other-by-login-wrong-confirmation \
        change-other-by-login-own-confirmation",
    ),
    Clock(0x6B04B907),
    Replay("90-password", "login-with-new login-with-old"),
    Clock(0x6B04B90A),
    Replay(
        "90-password",
        "\
        change-own-by-login change-missing-user update-user-ignores-password",
    ),
    Replay(
        "91-user-update",
        "\
        all-fields short-names get delete-fields enable-1-expire-0 get-after delete-enable \
        empty-strings bad-email missing no-params",
    ),
    Meanwhile(|world| {
        world.add_token("pw@pbs!old");
        world.add_token("pw@pbs!new");
        let store = world.datastore_mut("pbs-store");
        store.add_group("", "vm", "100", "pw@pbs!old");
        store.add_group("", "host", "web", "pw@pbs!old");
        store.add_group("team", "vm", "100", "pw@pbs!old");
    }),
    Replay(
        "92-owner",
        "\
        groups groups-ns change change-ns change-again missing-group missing-owner \
        missing-store bad-type groups-after",
    ),
    Meanwhile(|world| {
        let store = world.datastore_mut("pbs-store");
        (store.total, store.used, store.avail) = (270553174016, 18743578624, 78829170688);
    }),
    Replay(
        "93-datastore",
        "\
        admin-list config-list config-get config-missing status status-missing namespaces",
    ),
    Meanwhile(|world| {
        let store = world.datastore_mut("pbs-store");
        (store.used, store.avail) = (18743582720, 78829166592);
    }),
    Replay("93-datastore", "usage certificates"),
];

const STORE: &str = "/datastore/pbs-store";

fn add_user(world: &mut World, (userid, password): (&str, &str)) {
    world.put_user(userid, User { password: Some(password.into()), ..User::default() });
}

fn add_token(world: &mut World, id: &str, secret: &str) {
    world.put_token(id, Token { secret: secret.into(), ..Token::default() });
}

fn only_admins(world: &mut World) {
    for entry in world.acl() {
        world.delete_acl(&entry.path, &entry.auth_id, &entry.role);
    }
    world.put_acl("/", "admin@pbs", "Admin", true);
    world.put_acl("/", "root@pam!tfroot", "Admin", true);
}

const BASICS: &str = "\
    access-index admin-datastore api2-extjs-version config-datastore domains-unauth \
    gzip-deflate head method-not-allowed nodes-localhost-status nodes patch ping-unauth \
    roles root-index unknown-path-unauth unknown-path unknown-prefix \
    version-auth-header-equals-instead-of-colon version-auth-header-pve-style-prefix \
    version-auth-header-space version-bad-token-secret version-token-malformed \
    version-token-unknown-user version-token version-unauth";

const TICKET: &str = "\
    ok-form ok-json ok-extjs ok-query-only ok-http-only bad-cookie cookie-and-token-both \
    extra-param get-with-cookie-no-csrf get-with-host-cookie get-with-unescaped-cookie \
    missing-password no-realm put-with-csrf put-with-wrong-csrf put-without-csrf \
    short-password token-create-by-ticket tokenid-as-username unknown-realm unknown-user \
    wrong-password logout after-logout-ticket-still-valid";

const USER: &str = "\
    create-bad-realm create-short-password create create-duplicate get get-percent-encoded \
    get-missing get-invalid-id list";

const TOKEN: &str = "\
    create-json-body-and-query get-jsonquery create-minimal-empty-body-no-ctype \
    create-minimal-empty-json create-full-form create-duplicate create-full-json \
    create-params-in-query create-enable-1-expire-0 create-userid-in-json-body-mismatch \
    create-userid-in-form-body-mismatch create-missing-user get-orphan-of-missing-user \
    list-orphans-of-missing-user delete-orphan-of-missing-user create-extra-param \
    create-invalid-userid create-malformed-digest create-wrong-digest get-en1ex0 get-full \
    get-fulljson get-minimal get-missing-user get-missing list-missing-user list use-token \
    users-include-tokens-1 users-include-tokens-hyphen";

const TOKEN_UPDATE: &str = "\
    comment get-after-comment comment-stale-digest wrong-digest malformed-digest \
    comment-current-digest enable-0 get-after-enable-0 use-disabled-token enable-1 \
    get-after-enable-1 enable-form-no enable-form-false enable-form-off enable-form-yes \
    enable-form-Yes enable-form-true enable-form-True enable-form-TRUE enable-form-on \
    enable-form-garbage enable-json-int expire-huge expire-too-huge expire-negative \
    expire-nonint expire-json-string expire-json-float expire-0 get-after-expire-0 \
    expire-past get-after-expire-past use-expired-token expire-back-to-0-json comment-empty \
    get-after-comment-empty delete-comment-form delete-comment-again \
    delete-comment-json-array get-after-delete-comment delete-comment-json-string \
    delete-unknown-prop delete-expire-prop delete-and-set-comment get-after-delete-and-set \
    no-params unknown-param missing missing-user regenerate-0 regenerate-1 \
    old-secret-after-regenerate new-secret-after-regenerate";

const TOKEN_NAMES: &str = "\
    00-len1 01-len2 02-len3 03-len55-tokenid-64 04-len56-tokenid-65 05-len64 06-len65 \
    07-len200 08-len1000 09-underscore-first 10-dot-first 11-dash-first 12-mixed 13-upper \
    14-digit 15-space 16-slash 17-bang 18-colon 19-at 20-umlaut 21-plus 22-comma 23-hash \
    24-percent get-len1000 get-len200 get-len56 get-len64 get-len65 list-after \
    users-include-tokens-after case-1 case-2";

const TOKEN_COMMENTS: &str = "\
    00-create-len128 00-get-len128 00-update-len128 00-get-after-update-len128 \
    01-create-len129 01-get-len129 01-update-len129 01-get-after-update-len129 \
    02-create-umlaut128 02-get-umlaut128 02-update-umlaut128 02-get-after-update-umlaut128 \
    03-create-umlaut129 03-get-umlaut129 03-update-umlaut129 03-get-after-update-umlaut129 \
    04-create-emoji100 04-get-emoji100 04-update-emoji100 04-get-after-update-emoji100 \
    05-create-newline 05-get-newline 05-update-newline 05-get-after-update-newline \
    06-create-tab 06-get-tab 06-update-tab 06-get-after-update-tab 07-create-empty \
    07-get-empty 07-update-empty 07-get-after-update-empty 08-create-blank 08-get-blank \
    08-update-blank 08-get-after-update-blank 09-create-padded 09-get-padded \
    09-update-padded 09-get-after-update-padded 10-create-special 10-get-special \
    10-update-special 10-get-after-update-special";

const TOKEN_MISC: &str = "\
    create-expire-past create-percent-encoded-userid create-enable-as-json-string \
    create-json-null-comment create-json-null-expire create-userid-without-realm \
    get-token-name-with-encoded-letters update-json-null-comment \
    create-with-own-user-ticket-setup user-lists-own-tokens-by-ticket \
    user-creates-own-token-by-ticket user-reads-own-token-by-ticket \
    user-deletes-own-token-by-ticket";

const ACL_ADDING: &str = "\
    get-all add-user-default-propagate get-all-after-add add-same-again add-same-propagate-0 \
    get-after-propagate-0 add-same-propagate-1";

const ACL_MANY: &str = "\
    add-same-without-propagate-after-0 add-second-role-same-user-same-path add-token \
    add-token-json-body add-root-path-token get-all-many get-exact-without-path \
    get-path-_-exact1 get-path-_ get-path-__datastore get-path-_datastore-exact0 \
    get-path-_datastore-exact1 get-path-_datastore get-path-_datastore_ \
    get-path-_datastore_nope-exact1 get-path-_datastore_pbs-store-exact1 \
    get-path-_nonexistent get-path-datastore get-path-empty query-too-long add-noaccess \
    add-role-after-noaccess delete-existing delete-missing delete-missing-path \
    delete-unknown-authid delete-invalid-acl-path delete-delete0-is-add \
    delete-different-propagate";

const ACL_REFUSED: &str = "\
    body-too-large delete-method-not-allowed duplicate-form-param group-and-authid \
    group-param-short group-param invalid-acl-tree-path-deep invalid-acl-tree-path \
    json-array-body malformed-authid malformed-digest malformed-json missing-authid-param \
    missing-path-param missing-role-param missing-token missing-user multipart \
    path-bad-chars path-double-slash path-empty path-namespace-depth-8-too-deep \
    path-no-leading-slash path-too-long path-trailing-slash post-not-allowed \
    propagate-json-int role-wrong-case unknown-param unknown-role userid-instead-of-authid \
    wrong-content-type wrong-digest";

const ACL_FORMS: &str = "\
    params-in-query json-charset form-without-content-type form-unescaped-bang-at \
    path-len128 path-remote path-system-network";

const AUTHZ: &str = "\
    lowpriv-config-datastore lowpriv-create-other-token lowpriv-create-own-token \
    lowpriv-create-user lowpriv-get-acl lowpriv-get-missing-user-token \
    lowpriv-get-other-token lowpriv-get-other-user lowpriv-get-own-token \
    lowpriv-group-put-acl lowpriv-list-datastores lowpriv-list-users-tokens \
    lowpriv-list-users lowpriv-nodes-status lowpriv-token-put-acl \
    lowpriv-user-put-acl-foreign-token lowpriv-user-put-acl-own-user unauth-create-token \
    unauth-get-acl unauth-put-acl lowpriv-user-put-acl-own-token lowpriv-user-get-acl";
