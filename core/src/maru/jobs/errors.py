"""What is wrong with what somebody wants of a job."""

from maru_sdk import Conflict, InvalidInput, NotFound


class JobNotFound(NotFound):
    """There is no such job, or somebody else has asked for it."""

    code = "JOB_NOT_FOUND"
    message = "There is no such job"


class JobUnderWay(Conflict):
    """Only a job that is dead, parked or cancelled can be sent again."""

    code = "JOB_UNDER_WAY"
    message = "Only a job that is dead, parked or cancelled can be sent again"


class JobOver(Conflict):
    """A job that is done or cancelled can't be cancelled."""

    code = "JOB_OVER"
    message = "The job is over already"


class PayloadRefused(InvalidInput):
    """What a job is asked can't be kept or isn't what it takes; `details["fields"]` says where."""

    code = "JOB_PAYLOAD_REFUSED"
    message = "What the job {kind} is asked can't be taken: {reason}"


class ScheduleNotFound(NotFound):
    """No plugin that is on here has such a schedule."""

    code = "SCHEDULE_NOT_FOUND"
    message = "There is no schedule {name}"


class ScheduleUnderWay(Conflict):
    """A run that somebody asked for waits already."""

    code = "SCHEDULE_UNDER_WAY"
    message = "A run that was asked for waits already"
