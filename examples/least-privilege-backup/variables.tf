variable "user_id" {
  type        = string
  description = "User to create as the owner of the token, for example web@pbs. The user gets no password, so only the token can log in."
}

variable "token_name" {
  type        = string
  description = "Name of the token. Do not change the name later, because backup groups belong to the token that created them."
  default     = "backup"
}

variable "comment" {
  type        = string
  description = "Comment on the user and the token, for example their purpose."
  default     = null
}

variable "server" {
  type        = string
  description = "Host name or address at which the backup client reaches the server, without https:// and without a port."

  validation {
    condition     = !strcontains(var.server, "/")
    error_message = "Set server to a host name or an address, without https:// and without a path."
  }
}

variable "port" {
  type        = number
  description = "Port of the server. Default: 8007."
  default     = 8007
}

variable "datastore" {
  type        = string
  description = "Datastore to back up into."
}

variable "namespace" {
  type        = string
  description = "Namespace of the datastore, for example hosts/web. The token has no privileges outside of this namespace. Omit the variable to grant the role on the whole datastore."
  default     = null
}

variable "role_id" {
  type        = string
  description = "Role of the token and its user. DatastoreBackup allows the token to write and read its own backups. DatastorePowerUser also allows the token to prune its own backups."
  default     = "DatastoreBackup"

  validation {
    condition     = contains(["DatastoreBackup", "DatastorePowerUser", "DatastoreReader", "DatastoreAudit"], var.role_id)
    error_message = "Set role_id to DatastoreBackup, DatastorePowerUser, DatastoreReader or DatastoreAudit. Other roles allow more than a backup client needs."
  }
}

variable "validity_days" {
  type        = number
  description = "Number of days for which each secret is valid. Omit the variable for a secret that never expires."
  default     = null
}

variable "early_renewal_days" {
  type        = number
  description = "Length of the renewal period in days. The renewal period is the last part of the secret's validity. The first apply in this period rotates the secret. Requires validity_days."
  default     = null
}

variable "rotation_triggers" {
  type        = map(string)
  description = "Arbitrary values. When one of the values changes, the apply rotates the secret without replacing the token."
  default     = null
}
