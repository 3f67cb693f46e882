<?php
// Once per trial: an application password of an administrator and of a contributor, as JSON. argv: the folder of the site.
require $argv[1] . '/wp-load.php';

update_option('permalink_structure', '/%postname%/');
$contributor = wp_insert_user(['user_login' => 'helper', 'user_pass' => wp_generate_password(), 'role' => 'contributor']);
$passwords = [];
foreach (['admin' => 1, 'helper' => $contributor] as $name => $id) {
  $passwords[$name] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'Postern'])[0];
}
echo json_encode($passwords);
