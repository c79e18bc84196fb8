//! Logins and changes of passwords.

mod common;

use common::{Caller, simulator};

const NEW_PASSWORD: [(&str, &str); 3] =
    [("userid", "v@pbs"), ("password", "password-2"), ("confirmation-password", "password-1")];

#[tokio::test]
async fn a_user_needs_permissions_modify_on_the_root_path_to_change_the_password_of_another_user() {
    let sim = simulator();
    sim.world(|world| {
        world.add_user("v@pbs");
        world.put_acl("/access", "u@pbs", "Admin", true);
    });
    let user = Caller::login(&sim, "u@pbs", "password-1").await.expect("the login succeeds");
    let (status, text) = user.put("/access/password", &NEW_PASSWORD).await;
    assert_eq!((status, text.as_str()), (400, "you are not authorized to change the password."));

    sim.world(|world| world.put_acl("/", "u@pbs", "Admin", false));
    assert_eq!(user.put("/access/password", &NEW_PASSWORD).await.0, 200);
    assert!(Caller::login(&sim, "v@pbs", "password-2").await.is_some());
}

#[tokio::test]
async fn a_control_character_in_the_password_of_a_login_is_a_wrong_password() {
    let form = [("username", "u@pbs"), ("password", "pass\nword")];
    let sim = simulator();
    let (status, text) = Caller::anonymous(&sim).post("/access/ticket", &form).await;
    assert_eq!((status, text.as_str()), (401, "permission check failed."));
}
