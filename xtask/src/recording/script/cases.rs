//! Names of the recorded exchanges, in the order in which the requests were sent.

pub(super) const BASICS: &str = "\
    access-index admin-datastore api2-extjs-version config-datastore domains-unauth \
    gzip-deflate head method-not-allowed nodes-localhost-status nodes patch ping-unauth \
    roles root-index unknown-path-unauth unknown-path unknown-prefix \
    version-auth-header-equals-instead-of-colon version-auth-header-pve-style-prefix \
    version-auth-header-space version-bad-token-secret version-token-malformed \
    version-token-unknown-user version-token version-unauth";

pub(super) const TICKET: &str = "\
    ok-form ok-json ok-extjs ok-query-only ok-http-only bad-cookie cookie-and-token-both \
    extra-param get-with-cookie-no-csrf get-with-host-cookie get-with-unescaped-cookie \
    missing-password no-realm put-with-csrf put-with-wrong-csrf put-without-csrf \
    short-password token-create-by-ticket tokenid-as-username unknown-realm unknown-user \
    wrong-password logout after-logout-ticket-still-valid";

pub(super) const USER: &str = "\
    create-bad-realm create-short-password create create-duplicate get get-percent-encoded \
    get-missing get-invalid-id list";

pub(super) const TOKEN: &str = "\
    create-json-body-and-query get-jsonquery create-minimal-empty-body-no-ctype \
    create-minimal-empty-json create-full-form create-duplicate create-full-json \
    create-params-in-query create-enable-1-expire-0 create-userid-in-json-body-mismatch \
    create-userid-in-form-body-mismatch create-missing-user get-orphan-of-missing-user \
    list-orphans-of-missing-user delete-orphan-of-missing-user create-extra-param \
    create-invalid-userid create-malformed-digest create-wrong-digest get-en1ex0 get-full \
    get-fulljson get-minimal get-missing-user get-missing list-missing-user list use-token \
    users-include-tokens-1 users-include-tokens-hyphen";

pub(super) const TOKEN_UPDATE: &str = "\
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

pub(super) const TOKEN_NAMES: &str = "\
    00-len1 01-len2 02-len3 03-len55-tokenid-64 04-len56-tokenid-65 05-len64 06-len65 \
    07-len200 08-len1000 09-underscore-first 10-dot-first 11-dash-first 12-mixed 13-upper \
    14-digit 15-space 16-slash 17-bang 18-colon 19-at 20-umlaut 21-plus 22-comma 23-hash \
    24-percent get-len1000 get-len200 get-len56 get-len64 get-len65 list-after \
    users-include-tokens-after case-1 case-2";

pub(super) const TOKEN_COMMENTS: &str = "\
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

pub(super) const TOKEN_MISC: &str = "\
    create-expire-past create-percent-encoded-userid create-enable-as-json-string \
    create-json-null-comment create-json-null-expire create-userid-without-realm \
    get-token-name-with-encoded-letters update-json-null-comment \
    create-with-own-user-ticket-setup user-lists-own-tokens-by-ticket \
    user-creates-own-token-by-ticket user-reads-own-token-by-ticket \
    user-deletes-own-token-by-ticket";

pub(super) const ACL_ADDING: &str = "\
    get-all add-user-default-propagate get-all-after-add add-same-again add-same-propagate-0 \
    get-after-propagate-0 add-same-propagate-1";

pub(super) const ACL_MANY: &str = "\
    add-same-without-propagate-after-0 add-second-role-same-user-same-path add-token \
    add-token-json-body add-root-path-token get-all-many get-exact-without-path \
    get-path-_-exact1 get-path-_ get-path-__datastore get-path-_datastore-exact0 \
    get-path-_datastore-exact1 get-path-_datastore get-path-_datastore_ \
    get-path-_datastore_nope-exact1 get-path-_datastore_pbs-store-exact1 \
    get-path-_nonexistent get-path-datastore get-path-empty query-too-long add-noaccess \
    add-role-after-noaccess delete-existing delete-missing delete-missing-path \
    delete-unknown-authid delete-invalid-acl-path delete-delete0-is-add \
    delete-different-propagate";

pub(super) const ACL_REFUSED: &str = "\
    body-too-large delete-method-not-allowed duplicate-form-param group-and-authid \
    group-param-short group-param invalid-acl-tree-path-deep invalid-acl-tree-path \
    json-array-body malformed-authid malformed-digest malformed-json missing-authid-param \
    missing-path-param missing-role-param missing-token missing-user multipart \
    path-bad-chars path-double-slash path-empty path-namespace-depth-8-too-deep \
    path-no-leading-slash path-too-long path-trailing-slash post-not-allowed \
    propagate-json-int role-wrong-case unknown-param unknown-role userid-instead-of-authid \
    wrong-content-type wrong-digest";

pub(super) const ACL_FORMS: &str = "\
    params-in-query json-charset form-without-content-type form-unescaped-bang-at \
    path-len128 path-remote path-system-network";

pub(super) const AUTHZ: &str = "\
    lowpriv-config-datastore lowpriv-create-other-token lowpriv-create-own-token \
    lowpriv-create-user lowpriv-get-acl lowpriv-get-missing-user-token \
    lowpriv-get-other-token lowpriv-get-other-user lowpriv-get-own-token \
    lowpriv-group-put-acl lowpriv-list-datastores lowpriv-list-users-tokens \
    lowpriv-list-users lowpriv-nodes-status lowpriv-token-put-acl \
    lowpriv-user-put-acl-foreign-token lowpriv-user-put-acl-own-user unauth-create-token \
    unauth-get-acl unauth-put-acl lowpriv-user-put-acl-own-token lowpriv-user-get-acl";
