list "pbs_user" "all" {
  provider = pbs
}
