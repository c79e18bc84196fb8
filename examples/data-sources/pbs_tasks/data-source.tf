# The last tasks that failed or ended with warnings. The list also contains running tasks, which have no `end`.
data "pbs_tasks" "failed" {
  errors = true
  limit  = 20
}

output "failed_tasks" {
  description = "Result of each task that failed or ended with warnings. The key is the id of the task."
  value       = { for task in data.pbs_tasks.failed.tasks : task.upid => task.result if task.end != null }
}
