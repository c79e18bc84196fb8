resource "pbs_namespace" "production" {
  datastore = "store1"
  path      = "production"
}

# The path refers to the namespace above, so that Terraform creates that one first, and deletes it last.
resource "pbs_namespace" "web" {
  datastore = pbs_namespace.production.datastore
  path      = "${pbs_namespace.production.path}/web"
}
