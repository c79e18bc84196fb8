# The newest tasks that are running, that failed, or that ended with warnings. The `end` of a running task is null.
data "pbs_tasks" "failed" {
  errors = true
  limit  = 20
}

output "failed_tasks" {
  description = "Result of each task that failed or ended with warnings. The key is the id of the task."
  value       = { for task in data.pbs_tasks.failed.tasks : task.upid => task.result if task.end != null }
}
