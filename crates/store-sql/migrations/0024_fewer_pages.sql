-- Nobody asks for the changes of one commit by this index; a commit's changes are the difference of two trees.
DROP INDEX path_changes_by_commit;
