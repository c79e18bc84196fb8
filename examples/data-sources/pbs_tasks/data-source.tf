# The last tasks that failed or ended with warnings.
data "pbs_tasks" "failed" {
  errors = true
  limit  = 20
}

output "failed_tasks" {
  description = "What went wrong, by the id of the task."
  value       = { for task in data.pbs_tasks.failed.tasks : task.upid => task.result if task.end != null }
}
