"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql import sqltypes

revision = '0001'
down_revision = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('clock_offset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('offset_s', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('commune',
    sa.Column('code', sqltypes.AutoString(length=5), nullable=False),
    sa.Column('name', sqltypes.AutoString(length=60), nullable=False),
    sa.Column('kind', sa.Enum('xa', 'phuong', 'dac-khu', name='communekind', native_enum=False, length=24), nullable=False),
    sa.Column('folded', sqltypes.AutoString(length=60), nullable=False),
    sa.Column('former_province', sqltypes.AutoString(length=40), nullable=False),
    sa.Column('former_district', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('predecessors', sqltypes.AutoString(length=400), nullable=False),
    sa.Column('seat', sqltypes.AutoString(length=200), nullable=False),
    sa.Column('terrain', sa.Enum('plain', 'mountain', 'island', name='terrain', native_enum=False, length=24), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('area_km2', sa.Float(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('ferry_sailing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('to_island', sa.Boolean(), nullable=False),
    sa.Column('sails_minute', sa.Integer(), nullable=False),
    sa.Column('crossing_min', sa.Integer(), nullable=False),
    sa.Column('before_min', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('holiday',
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('name_vi', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('name_en', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('is_working', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('on_date')
    )
    op.create_table('lease',
    sa.Column('name', sqltypes.AutoString(length=40), nullable=False),
    sa.Column('owner', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('until_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('login_throttle',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sqltypes.AutoString(length=8), nullable=False),
    sa.Column('subject', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_failure_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('until_at', sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'subject')
    )
    op.create_table('priority_rule',
    sa.Column('priority', sa.Enum('P1', 'P2', 'P3', 'P4', name='priority', native_enum=False, length=24), nullable=False),
    sa.Column('target_min', sa.Integer(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('priority')
    )
    op.create_table('skill',
    sa.Column('code', sqltypes.AutoString(length=32), nullable=False),
    sa.Column('name_vi', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('name_en', sqltypes.AutoString(length=80), nullable=False),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('working_hours',
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('opens_minute', sa.Integer(), nullable=False),
    sa.Column('closes_minute', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('weekday', 'opens_minute')
    )
    op.create_table('category',
    sa.Column('code', sqltypes.AutoString(length=32), nullable=False),
    sa.Column('group', sa.Enum('signature', 'procedures', 'population', 'documents', 'network', 'computers', 'meetings', 'security', 'training', 'other', name='categorygroup', native_enum=False, length=24), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name_vi', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('name_en', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('hint_vi', sqltypes.AutoString(length=200), nullable=False),
    sa.Column('hint_en', sqltypes.AutoString(length=200), nullable=False),
    sa.Column('sms_label', sqltypes.AutoString(length=20), nullable=False),
    sa.Column('sms_label_en', sqltypes.AutoString(length=20), nullable=False),
    sa.Column('skill_code', sqltypes.AutoString(), nullable=False),
    sa.Column('skill_level', sa.Integer(), nullable=False),
    sa.Column('visit_min', sa.Integer(), nullable=False),
    sa.Column('is_remote', sa.Boolean(), nullable=False),
    sa.Column('priority', sa.Enum('P1', 'P2', 'P3', 'P4', name='priority', native_enum=False, length=24), nullable=False),
    sa.Column('extra_fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['skill_code'], ['skill.code'], ),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('road_closure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_code', sqltypes.AutoString(), nullable=False),
    sa.Column('to_code', sqltypes.AutoString(), nullable=False),
    sa.Column('from_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('until_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('note', sqltypes.AutoString(length=200), nullable=False),
    sa.ForeignKeyConstraint(['from_code'], ['commune.code'], ),
    sa.ForeignKeyConstraint(['to_code'], ['commune.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('team',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name_vi', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('name_en', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('base_code', sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['base_code'], ['commune.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('name', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('role', sa.Enum('commune', 'technician', 'lead', 'dispatcher', 'admin', 'auditor', name='role', native_enum=False, length=24), nullable=False),
    sa.Column('commune_code', sqltypes.AutoString(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('phone', sqltypes.AutoString(length=16), nullable=True),
    sa.Column('password_hash', sqltypes.AutoString(length=200), nullable=False),
    sa.Column('language', sa.Enum('vi', 'en', name='language', native_enum=False, length=24), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('sms_stopped_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('totp_secret', sqltypes.AutoString(length=64), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['commune_code'], ['commune.code'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('username')
    )
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_commune_code'), ['commune_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_phone'), ['phone'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_team_id'), ['team_id'], unique=False)

    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sqltypes.AutoString(length=80), nullable=False),
    sa.Column('token_hash', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('expires_at', sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_token_user_id'), ['user_id'], unique=False)

    op.create_table('breach',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('noticed_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('reported_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('what', sqltypes.AutoString(), nullable=False),
    sa.Column('concerned', sqltypes.AutoString(), nullable=False),
    sa.Column('measures', sqltypes.AutoString(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('plan_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('cause', sqltypes.AutoString(length=24), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('started_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('finished_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('wall_ms', sa.Integer(), nullable=True),
    sa.Column('figures', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('plan_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_run_finished_at'), ['finished_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_run_started_at'), ['started_at'], unique=False)

    op.create_table('technician',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('employer', sa.Enum('department', 'vnpt', 'viettel', name='employer', native_enum=False, length=24), nullable=False),
    sa.Column('home_code', sqltypes.AutoString(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('is_on_duty', sa.Boolean(), nullable=False),
    sa.Column('at_code', sqltypes.AutoString(), nullable=True),
    sa.Column('seen_at', sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['at_code'], ['commune.code'], ),
    sa.ForeignKeyConstraint(['home_code'], ['commune.code'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('user_id')
    )
    with op.batch_alter_table('technician', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_technician_team_id'), ['team_id'], unique=False)

    op.create_table('ticket',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('key', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('body_digest', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('channel', sa.Enum('web', 'api', 'sms', 'on_behalf', name='channel', native_enum=False, length=24), nullable=False),
    sa.Column('status', sa.Enum('open', 'assigned', 'accepted', 'en_route', 'on_site', 'video', 'waiting', 'resolved', 'closed', 'cancelled', 'merged', name='status', native_enum=False, length=24), nullable=False),
    sa.Column('commune_code', sqltypes.AutoString(), nullable=False),
    sa.Column('category_code', sqltypes.AutoString(), nullable=False),
    sa.Column('priority', sa.Enum('P1', 'P2', 'P3', 'P4', name='priority', native_enum=False, length=24), nullable=False),
    sa.Column('title', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('description', sqltypes.AutoString(length=4000), nullable=False),
    sa.Column('extra', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('citizens_waiting', sa.Integer(), nullable=False),
    sa.Column('village', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('contact_phone', sqltypes.AutoString(length=16), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('target_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('waiting_until_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('resolved_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('close_code', sqltypes.AutoString(length=4), nullable=True),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.Column('search_text', sqltypes.AutoString(), nullable=False),
    sa.Column('event_count', sa.Integer(), nullable=False),
    sa.Column('chain_tip', sqltypes.AutoString(length=64), nullable=False),
    sa.ForeignKeyConstraint(['category_code'], ['category.code'], ),
    sa.ForeignKeyConstraint(['commune_code'], ['commune.code'], ),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], ),
    sa.ForeignKeyConstraint(['merged_into'], ['ticket.number'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('number'),
    sa.UniqueConstraint('created_by_id', 'key'),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_commune_number', ['commune_code', 'number'], unique=False)
        batch_op.create_index('ix_ticket_status_number', ['status', 'number'], unique=False)
        batch_op.create_index('ix_ticket_target', ['target_at'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('sha256', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('original_sha256', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('filename', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('media_type', sqltypes.AutoString(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=False),
    sa.Column('uploaded_at', sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_ticket_number'), ['ticket_number'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('outcome', sa.Enum('assigned', 'late', 'unreachable', 'crowded_out', name='outcome', native_enum=False, length=24), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('swap', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_ticket_number'), ['ticket_number'], unique=False)

    op.create_table('leave',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('technician_id', sa.Integer(), nullable=False),
    sa.Column('from_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('until_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('note', sqltypes.AutoString(length=200), nullable=False),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leave_technician_id'), ['technician_id'], unique=False)

    op.create_table('outbound_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('phone', sqltypes.AutoString(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('ticket_number', sa.Integer(), nullable=True),
    sa.Column('event', sqltypes.AutoString(length=32), nullable=False),
    sa.Column('language', sa.Enum('vi', 'en', name='language', native_enum=False, length=24), nullable=False),
    sa.Column('body', sqltypes.AutoString(), nullable=False),
    sa.Column('link_kind', sqltypes.AutoString(length=8), nullable=True),
    sa.Column('link_id', sa.Integer(), nullable=True),
    sa.Column('prompt', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', name='outboundstate', native_enum=False, length=24), nullable=False),
    sa.Column('created_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('due_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('claim', sqltypes.AutoString(length=64), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('provider', sqltypes.AutoString(length=16), nullable=True),
    sa.Column('provider_id', sqltypes.AutoString(length=64), nullable=True),
    sa.Column('code', sqltypes.AutoString(length=32), nullable=True),
    sa.Column('sent_at', sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('outbound_message', schema=None) as batch_op:
        batch_op.create_index('ix_outbound_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbound_message_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbound_message_ticket_number'), ['ticket_number'], unique=False)
        batch_op.create_index('ix_outbound_phone', ['phone', 'id'], unique=False)

    op.create_table('response_target',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('priority', sa.Enum('P1', 'P2', 'P3', 'P4', name='priority', native_enum=False, length=24), nullable=False),
    sa.Column('starts_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('target_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('met_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('ended_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('escalated_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('missed_told_at', sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('response_target', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_response_target_ticket_number'), ['ticket_number'], unique=False)

    op.create_table('shift',
    sa.Column('technician_id', sa.Integer(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts_minute', sa.Integer(), nullable=False),
    sa.Column('ends_minute', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.PrimaryKeyConstraint('technician_id', 'weekday')
    )
    op.create_table('technician_skill',
    sa.Column('technician_id', sa.Integer(), nullable=False),
    sa.Column('skill_code', sqltypes.AutoString(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['skill_code'], ['skill.code'], ),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.PrimaryKeyConstraint('technician_id', 'skill_code')
    )
    op.create_table('ticket_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('kind', sqltypes.AutoString(length=24), nullable=False),
    sa.Column('from_status', sa.Enum('open', 'assigned', 'accepted', 'en_route', 'on_site', 'video', 'waiting', 'resolved', 'closed', 'cancelled', 'merged', name='status', native_enum=False, length=24), nullable=True),
    sa.Column('to_status', sa.Enum('open', 'assigned', 'accepted', 'en_route', 'on_site', 'video', 'waiting', 'resolved', 'closed', 'cancelled', 'merged', name='status', native_enum=False, length=24), nullable=True),
    sa.Column('actor', sqltypes.AutoString(length=16), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('is_internal', sa.Boolean(), nullable=False),
    sa.Column('text_digest', sqltypes.AutoString(length=64), nullable=True),
    sa.Column('previous_hash', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('hash', sqltypes.AutoString(length=64), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('ticket_number', 'sequence')
    )
    op.create_table('video_call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('room', sqltypes.AutoString(length=40), nullable=False),
    sa.Column('state', sa.Enum('booked', 'running', 'ended', 'dropped', name='callstate', native_enum=False, length=24), nullable=False),
    sa.Column('reason', sqltypes.AutoString(length=24), nullable=False),
    sa.Column('is_beside_visit', sa.Boolean(), nullable=False),
    sa.Column('technician_id', sa.Integer(), nullable=True),
    sa.Column('host_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('starts_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('started_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('ended_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('outcome', sa.Enum('solved', 'visit_needed', name='calloutcome', native_enum=False, length=24), nullable=True),
    sa.Column('note', sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['host_id'], ['user.id'], ),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('room')
    )
    with op.batch_alter_table('video_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_video_call_ticket_number'), ['ticket_number'], unique=False)
        batch_op.create_index('ux_video_call_live', ['ticket_number'], unique=True, sqlite_where=sa.text("state in ('booked', 'running')"), postgresql_where=sa.text("state in ('booked', 'running')"))

    op.create_table('assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('technician_id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('is_by_hand', sa.Boolean(), nullable=False),
    sa.Column('hand_note', sqltypes.AutoString(), nullable=False),
    sa.Column('assigned_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('starts_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('told_starts_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('ends_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('travel_s', sa.Integer(), nullable=False),
    sa.Column('travel_m', sa.Integer(), nullable=False),
    sa.Column('added_travel_s', sa.Integer(), nullable=False),
    sa.Column('ended_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('departed_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('arrived_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('finished_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('work_done', sqltypes.AutoString(), nullable=False),
    sa.Column('parts', sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index('ix_assignment_route', ['technician_id', 'starts_at'], unique=False, sqlite_where=sa.text('is_active = 1'), postgresql_where=sa.text('is_active'))
        batch_op.create_index(batch_op.f('ix_assignment_ticket_number'), ['ticket_number'], unique=False)
        batch_op.create_index('ux_assignment_active', ['ticket_number'], unique=True, sqlite_where=sa.text('is_active = 1'), postgresql_where=sa.text('is_active'))

    op.create_table('event_text',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('body', sqltypes.AutoString(), nullable=False),
    sa.Column('salt', sqltypes.AutoString(length=32), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ticket_event.id'], ),
    sa.PrimaryKeyConstraint('event_id')
    )
    op.create_table('inbound_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider', sqltypes.AutoString(length=16), nullable=False),
    sa.Column('provider_message_id', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('phone', sqltypes.AutoString(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('ticket_number', sa.Integer(), nullable=True),
    sa.Column('body', sqltypes.AutoString(), nullable=False),
    sa.Column('folded', sqltypes.AutoString(), nullable=False),
    sa.Column('verb', sqltypes.AutoString(length=16), nullable=True),
    sa.Column('received_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('state', sa.Enum('new', 'answered', 'ignored', 'kept', name='inboundstate', native_enum=False, length=24), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['answer_id'], ['outbound_message.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('provider', 'provider_message_id')
    )
    with op.batch_alter_table('inbound_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inbound_message_ticket_number'), ['ticket_number'], unique=False)
        batch_op.create_index('ix_inbound_phone', ['phone', 'id'], unique=False)

    op.create_table('link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sqltypes.AutoString(length=64), nullable=False),
    sa.Column('kind', sqltypes.AutoString(length=8), nullable=False),
    sa.Column('ticket_number', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('phone', sqltypes.AutoString(length=16), nullable=False),
    sa.Column('created_at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('expires_at', sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['video_call.id'], ),
    sa.ForeignKeyConstraint(['ticket_number'], ['ticket.number'], ),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_link_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_link_ticket_number'), ['ticket_number'], unique=False)

    op.create_table('participant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name', sqltypes.AutoString(length=120), nullable=False),
    sa.Column('instance', sqltypes.AutoString(length=40), nullable=False),
    sa.Column('joined_at', sqltypes.UTCDateTime(), nullable=True),
    sa.Column('left_at', sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['video_call.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('call_id', 'user_id')
    )
    op.create_table('assignment_member',
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('technician_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], ),
    sa.ForeignKeyConstraint(['technician_id'], ['technician.id'], ),
    sa.PrimaryKeyConstraint('assignment_id', 'technician_id')
    )
    op.create_table('signal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('at', sqltypes.UTCDateTime(), nullable=False),
    sa.Column('kind', sa.Enum('join', 'description', 'candidate', 'chat', 'state', 'leave', name='signalkind', native_enum=False, length=24), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('from_instance', sqltypes.AutoString(length=40), nullable=False),
    sa.Column('to_instance', sqltypes.AutoString(length=40), nullable=True),
    sa.Column('body', sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['video_call.id'], ),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('signal', schema=None) as batch_op:
        batch_op.create_index('ix_signal_call', ['call_id', 'id'], unique=False)

