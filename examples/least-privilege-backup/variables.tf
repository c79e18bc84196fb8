variable "user_id" {
  type        = string
  description = "The user to create, who owns the token, as name@pbs. It gets no password, so nobody can log in as it."
}

variable "token_name" {
  type        = string
  description = "What the token is called. Keep it: backup groups belong to the token that wrote them first."
  default     = "backup"
}

variable "comment" {
  type        = string
  description = "A remark on user and token, such as what they are for."
  default     = null
}

variable "server" {
  type        = string
  description = "Name or address of the server as the backup client reaches it, without https:// and without port."

  validation {
    condition     = !strcontains(var.server, "/")
    error_message = "Give a host name or an address, without https:// and without a path."
  }
}

variable "port" {
  type        = number
  description = "Port of the server."
  default     = 8007
}

variable "datastore" {
  type        = string
  description = "The datastore to back up into."
}

variable "namespace" {
  type        = string
  description = "The namespace in it, such as hosts/web. The token may do nothing outside of it. Default: the whole datastore."
  default     = null
}

variable "role_id" {
  type        = string
  description = "What the token may do there. DatastoreBackup writes and reads its own backups; DatastorePowerUser also prunes them."
  default     = "DatastoreBackup"

  validation {
    condition     = contains(["DatastoreBackup", "DatastorePowerUser", "DatastoreReader", "DatastoreAudit"], var.role_id)
    error_message = "Choose DatastoreBackup, DatastorePowerUser, DatastoreReader or DatastoreAudit: the others allow more than a backup client needs."
  }
}

variable "validity_days" {
  type        = number
  description = "How many days each secret is valid. Default: without end."
  default     = null
}

variable "early_renewal_days" {
  type        = number
  description = "How many days before its end the next apply makes a new secret. Only with validity_days."
  default     = null
}

variable "rotation_triggers" {
  type        = map(string)
  description = "When one of these values changes, the token gets a new secret in place."
  default     = null
}
