# Result: "/datastore/store1/laptops"
output "path" {
  value = provider::pbs::acl_path("datastore", "store1", "laptops")
}
