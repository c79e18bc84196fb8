resource "pbs_namespace" "production" {
  datastore = "store1"
  path      = "production"
}

# The path refers to the namespace `production`, so Terraform creates `production` first, and deletes it last.
resource "pbs_namespace" "web" {
  datastore = pbs_namespace.production.datastore
  path      = "${pbs_namespace.production.path}/web"
}
